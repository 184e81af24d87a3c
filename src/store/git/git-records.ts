import type { GitEnd, GitProcess } from './git-process.ts';

/**
 * Splits output of git at NUL bytes. Of a record that is longer than the bound only the beginning is kept, so that
 * memory does not depend on what a repository holds.
 * @param maxBytes of one record.
 */
async function* records(stream: AsyncIterable<Uint8Array>, maxBytes: number): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let parts: Uint8Array[] = [];
  let size = 0;
  const keep = (part: Uint8Array) => {
    const kept = part.subarray(0, maxBytes - size);
    if (kept.length > 0) parts.push(kept);
    size += kept.length;
  };
  const take = () => {
    const text = decoder.decode(Buffer.concat(parts));
    parts = [];
    size = 0;
    return text;
  };
  for await (const chunk of stream) {
    let start = 0;
    for (let end = chunk.indexOf(0); end >= 0; end = chunk.indexOf(0, start)) {
      keep(chunk.subarray(start, end));
      yield take();
      start = end + 1;
    }
    keep(chunk.subarray(start));
  }
  if (size > 0) yield take();
}

/**
 * Gives each record of a git to `take`, and ends git when that returns false.
 * @param maxBytes of one record.
 * @returns how git ended.
 */
export async function eachRecord(
  git: GitProcess,
  maxBytes: number,
  take: (record: string) => boolean,
): Promise<GitEnd> {
  await git.stdin.end();
  for await (const record of records(git.stdout, maxBytes)) {
    if (take(record)) continue;
    git.end();
    break;
  }
  return git.exited;
}
