/** How many bytes the body of a request has by its header; undefined when it comes in chunks, or compressed. */
export function announcedSize({ headers }: Request): number | undefined {
  const text = headers.get('content-length');
  if (text === null || headers.has('content-encoding') || !/^\d{1,15}$/.test(text)) return undefined;
  return Number(text);
}
