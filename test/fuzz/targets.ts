import type { FuzzTarget } from './fuzz.ts';
import { ARCHIVES } from './targets/archives.ts';
import { BODIES } from './targets/bodies.ts';
import { GIT } from './targets/git.ts';
import { HEADERS } from './targets/headers.ts';
import { MARKDOWN } from './targets/markdown.ts';
import { NAMES } from './targets/names.ts';
import { PROTOCOLS } from './targets/protocols.ts';
import { REGISTRY } from './targets/registry.ts';
import { REQUESTS } from './targets/requests.ts';

/** The parsers, which are called directly. */
export const PARSERS: readonly FuzzTarget[] = [
  ...BODIES,
  ...ARCHIVES,
  ...NAMES,
  ...HEADERS,
  ...GIT,
  ...REGISTRY,
  ...MARKDOWN,
];

/** Requests to a whole app. */
export const ASKED: readonly FuzzTarget[] = [...REQUESTS, ...PROTOCOLS];

export const TARGETS: readonly FuzzTarget[] = [...PARSERS, ...ASKED];
