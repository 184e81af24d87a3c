import { parseAccept } from 'hono/utils/accept';

/** Characters of a header that are read: clients send a few hundred. */
const MAX_LENGTH = 4096;

type Range = ReturnType<typeof parseAccept>[number];

/**
 * Chooses the media type that a client prefers, by quality values. RFC 9110 section 12.5.1. Of types with equal
 * quality, one that the client names exactly wins over one that a wildcard includes, then the one named first.
 * @param header the `Accept` header. Null: the client takes any type.
 * @param offered the types that there are, in lower case and without parameters. The first is the default.
 * @returns null when the client accepts none of them.
 */
export function preferredType<T extends string>(header: string | null, offered: readonly [T, ...T[]]): T | null {
  const ranges = rangesOf(header);
  if (ranges.length === 0) return offered[0];
  const accepted = offered.flatMap((type) => matchOf(type, ranges) ?? []).filter(({ quality }) => quality > 0);
  accepted.sort((a, b) => b.quality - a.quality || a.wildcards - b.wildcards || a.position - b.position);
  return accepted[0]?.type ?? null;
}

/** Whether `Accept-Encoding` names one of these codings. RFC 9110 section 12.5.3. @param codings in lower case. */
export const acceptsCoding = (header: string | null, codings: readonly string[]): boolean =>
  rangesOf(header).some(({ type, q }) => q > 0 && codings.includes(type.toLowerCase()));

/** Sorted by quality, then as the client wrote them. */
const rangesOf = (header: string | null): Range[] => (header ? parseAccept(header.slice(0, MAX_LENGTH)) : []);

interface Match<T> {
  type: T;
  quality: number;
  /** How much of the type the range leaves open: nothing, the subtype, or both. */
  wildcards: number;
  position: number;
}

/** The most specific range that includes the type decides on its quality. */
function matchOf<T extends string>(type: T, ranges: readonly Range[]): Match<T> | null {
  const names = [type, `${type.slice(0, type.indexOf('/'))}/*`, '*/*'];
  for (const [wildcards, name] of names.entries()) {
    const position = ranges.findIndex((range) => range.type.toLowerCase() === name);
    const range = ranges[position];
    if (range) return { type, quality: range.q, wildcards, position };
  }
  return null;
}
