import { printable } from '../../lib/unprintable.ts';

/** A request that git could not make sense of, or that stops in the middle. */
const GARBLED = [/.*protocol error/, /the remote end hung up/];
/** Parts of a request that git refuses, and how it begins the sentence that says so (serve.c, upload-pack.c). */
const REFUSED = [
  /no command requested/,
  /command '.*' requested after/,
  /invalid command /,
  /unknown capability /,
  /(mis|un)(matched|supported) object format/,
  /(object-format|filtering) capability /,
  /(.*: )?unexpected (line|argument): /,
  /malformed /,
  /(.*: )?expected (SHA1|flush|something|'tree)/,
  /unknown object format /,
  /sparse:path filters /,
  /multiple packfile-uris /,
  /invalid (deepen|shallow|filter-spec|sparse)/,
  /must escape char /,
  /multiple filter-specs /,
  /filter '.*' not supported/,
  /'.*' for 'object:type/,
  /unable to access sparse blob /,
  /ambiguous deepen-not/,
  /deepen and deepen-since/,
  /no commits selected for shallow/,
  /unknown ref /,
];
const START = '^fatal: (?:error: )?(?:git upload-pack: )?';
const anyOf = (all: readonly RegExp[], flags: string) =>
  new RegExp(`${START}((?:${all.map(({ source }) => source).join('|')}).*)$`, flags);
const garbled = anyOf(GARBLED, 'm');
const refused = anyOf(REFUSED, 'im');
const MAX_QUOTED = 200;

/**
 * Whether git ended because of a mistake of the client: anything else that it dies of is a fault of the server.
 * @param stderr the output of git.
 * @returns a sentence for the client; null: it was no mistake.
 */
export function mistakeIn(stderr: string): string | null {
  if (garbled.test(stderr)) return "The request is not in git's protocol.";
  const reason = refused.exec(stderr)?.[1];
  return reason === undefined ? null : `Git refuses the request: ${printable(reason).slice(0, MAX_QUOTED)}.`;
}
