import type { PackageType } from '../../src/http/packages/package-type.ts';

/** A package type for tests of the domain: without routes, with the behaviour that a test gives it. */
export const packageTypeOf = (behaviour: Partial<PackageType> & Pick<PackageType, 'type'>): PackageType => ({
  title: behaviour.type,
  maxBytes: 1024 ** 3,
  setup: () => [],
  install: () => [],
  protocol: () => ({
    name: behaviour.type,
    routes: [],
    credentials: { deployTokens: true, passwords: true, exactUsername: false },
    render: ({ status }) => new Response(null, { status }),
  }),
  ...behaviour,
});
