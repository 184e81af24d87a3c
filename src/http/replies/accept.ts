import { parseAccept } from 'hono/utils/accept';
import { LRUCache } from 'lru-cache';

/** Characters of a header that are read: clients send a few hundred. */
const MAX_LENGTH = 4096;
/** Each client sends the same few headers with all requests. Longer ones are read each time. */
const KEPT = 200;
const MAX_KEPT_LENGTH = 256;

/** The ranges that a client accepts, by type in lower case. */
type Ranges = ReadonlyMap<string, Range>;

interface Range {
  /** From 0, which refuses the type, to 1. */
  quality: number;
  /** Its place among the ranges, sorted by quality, then as the client wrote them. */
  position: number;
}

const kept = new LRUCache<string, Ranges>({ max: KEPT });

/**
 * Chooses the media type that a client prefers, by quality values. RFC 9110 section 12.5.1. Of types with equal
 * quality, one that the client names exactly wins over one that a wildcard includes, then the one named first.
 * @param header the `Accept` header. Null: the client takes any type.
 * @param offered the types that there are, in lower case and without parameters. The first is the default.
 * @returns null when the client accepts none of them.
 */
export function preferredType<T extends string>(header: string | null, offered: readonly [T, ...T[]]): T | null {
  const ranges = rangesOf(header);
  if (ranges.size === 0) return offered[0];
  let best: Match | null = null;
  let preferred: T | null = null;
  for (const type of offered) {
    const match = matchOf(type, ranges);
    if (match === null || match.quality === 0 || (best !== null && compare(best, match) <= 0)) continue;
    best = match;
    preferred = type;
  }
  return preferred;
}

/** Whether `Accept-Encoding` names one of these codings. RFC 9110 section 12.5.3. @param codings in lower case. */
export function acceptsCoding(header: string | null, codings: readonly string[]): boolean {
  const ranges = rangesOf(header);
  return codings.some((coding) => (ranges.get(coding)?.quality ?? 0) > 0);
}

function rangesOf(header: string | null): Ranges {
  const text = header?.slice(0, MAX_LENGTH) ?? '';
  const known = kept.get(text);
  if (known) return known;
  const ranges = new Map<string, Range>();
  for (const [position, { type, q }] of (text === '' ? [] : parseAccept(text)).entries()) {
    const name = type.toLowerCase();
    if (!ranges.has(name)) ranges.set(name, { quality: q, position });
  }
  if (text.length <= MAX_KEPT_LENGTH) kept.set(text, ranges);
  return ranges;
}

interface Match extends Range {
  /** How much of the type the range leaves open: nothing, the subtype, or both. */
  wildcards: number;
}

/** The most specific range that includes the type decides on its quality. */
function matchOf(type: string, ranges: Ranges): Match | null {
  const exact = ranges.get(type);
  if (exact) return { ...exact, wildcards: 0 };
  const subtypes = ranges.get(`${type.slice(0, type.indexOf('/'))}/*`);
  if (subtypes) return { ...subtypes, wildcards: 1 };
  const all = ranges.get('*/*');
  return all ? { ...all, wildcards: 2 } : null;
}

/** Below 0: the client prefers the first. */
const compare = (a: Match, b: Match): number =>
  b.quality - a.quality || a.wildcards - b.wildcards || a.position - b.position;
