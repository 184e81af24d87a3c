import type { PackageType } from '../../http/packages/package-type.ts';
import { render } from './errors.ts';
import { MAX_BYTES } from './format.ts';
import { mavenRoutes } from './routes.ts';
import { install, setup } from './setup.ts';

/** Maven repositories, for Maven, Gradle and sbt. https://maven.apache.org/repository/layout.html */
export const maven: PackageType = {
  type: 'maven',
  title: 'Maven packages',
  maxBytes: MAX_BYTES,
  // Loaded when needed: the XML library takes a while, and few requests need it.
  documents: {
    package: async (packages) => (await import('./documents.ts')).folderTexts(packages),
    version: async (contents, version) => (await import('./documents.ts')).snapshotTexts(contents, version),
  },
  setup,
  install,
  protocol: (services, { maxBytes }) => ({
    routes: mavenRoutes(services, maxBytes),
    render,
  }),
};
