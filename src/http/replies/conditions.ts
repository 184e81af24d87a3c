/** Bytes of something, both ends inclusive. */
export interface ByteRange {
  start: number;
  end: number;
}

/**
 * Which bytes a `Range` header asks for. RFC 9110 section 14.
 * @returns null when the whole is to be sent: no header, one we cannot read, or several ranges, which may be ignored.
 */
export function rangeOf(header: string | null, size: number): ByteRange | 'unsatisfiable' | null {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '');
  const first = match?.[1] ?? '';
  const last = match?.[2] ?? '';
  if (first === '' && last === '') return null;
  if (first === '')
    return Number(last) === 0 || size === 0
      ? 'unsatisfiable'
      : { start: Math.max(0, size - Number(last)), end: size - 1 };
  const start = Number(first);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  return start >= size || end < start ? 'unsatisfiable' : { start, end };
}

/** Whether `If-None-Match` names this entity tag, weakly or not. RFC 9110 section 13.1.2. */
function matchesTag(header: string, tag: string): boolean {
  return header.split(',').some((each) => ['*', tag].includes(each.trim().replace(/^W\//, '')));
}

/**
 * Whether the client has the current representation. `If-None-Match` takes precedence over `If-Modified-Since`. RFC
 * 9110 section 13.2.2.
 * @param tag the strong form of the entity tag, in quotes. Null: there is none.
 * @param modifiedAt in milliseconds since 1970. Left out: not known, and `If-Modified-Since` is ignored.
 */
export function isCurrent(headers: Headers, tag: string | null, modifiedAt?: number): boolean {
  const tags = headers.get('if-none-match');
  if (tags !== null) return tag !== null && matchesTag(tags, tag);
  return modifiedAt !== undefined && isUnmodifiedSince(headers.get('if-modified-since'), modifiedAt);
}

/** RFC 9110 section 13.1.3. @param modifiedAt in milliseconds since 1970; the header has seconds. */
function isUnmodifiedSince(header: string | null, modifiedAt: number): boolean {
  const since = header === null ? Number.NaN : Date.parse(header);
  return Math.floor(modifiedAt / 1000) * 1000 <= since;
}

/** The value of `Last-Modified`. RFC 9110 section 8.8.2. @param modifiedAt in milliseconds since 1970. */
export const httpDate = (modifiedAt: number): string => new Date(modifiedAt).toUTCString();

/**
 * The value of `Cache-Control` for what only this client may read and what may change: its cache asks each time whether
 * its copy is current. RFC 9111 section 5.2.2.
 */
export const REVALIDATED = 'private, max-age=0, must-revalidate';
