import { expect } from 'bun:test';
import { createOpenBodies } from '../../src/http/bodies/open-bodies.ts';
import type { HttpDeps } from '../../src/http/dispatch.ts';
import { createLinks } from '../../src/http/links.ts';
import type { TestApp } from './app.ts';

/** The dependencies of a dispatch, without its gate. A fault fails the test. */
export const httpDepsOf = ({ services }: TestApp): Omit<HttpDeps, 'gate'> => ({
  access: services.access,
  observer: { request: () => {}, fault: (_, error) => expect(error).toBeUndefined() },
  links: createLinks(() => 'http://postern.test'),
  bodies: createOpenBodies({ patienceMs: 60_000, bytesPerSecond: 0, deadlineMs: 60_000 }, 100),
  trustedProxies: [],
  secure: false,
  isOutage: () => false,
  isDiskFull: () => false,
});
