import type { Services } from '../../domain/services.ts';
import type { Protocol } from '../../http/route.ts';
import { render } from './errors.ts';
import { MAX_BYTES } from './format.ts';
import { mavenRoutes } from './routes.ts';
import { install, setup } from './setup.ts';

/** Maven repositories, for Maven, Gradle and sbt. https://maven.apache.org/repository/layout.html */
export const maven = {
  type: 'maven',
  title: 'Maven packages',
  maxBytes: MAX_BYTES,
  setup,
  install,
  protocol: (services: Services, { maxBytes }: { maxBytes: number }): Protocol => ({
    name: 'maven',
    routes: mavenRoutes(services, maxBytes),
    ignoresTrailingSlash: true,
    credentials: { deployTokens: true, passwords: true, exactUsername: false },
    render,
  }),
};
