import type { TestClient } from './client.ts';

/** Blobs too large to be held in memory, by curl: a process of its own takes little of what is measured. */

const TIMEOUT = { timeoutSeconds: 600 };

/** As curl and wrk take headers. */
export const asArguments = (headers: readonly string[]) => headers.flatMap((header) => ['-H', header]);

/** Fetches a blob and throws it away. @returns megabytes a second, and how many bytes came. */
export async function pull(client: TestClient, url: string, headers: readonly string[]) {
  const output = ['--output', '/dev/null', '--write-out', '%{size_download} %{time_total}'];
  const { stdout } = await client.ok(['curl', '--silent', '--fail', ...output, ...asArguments(headers), url], TIMEOUT);
  const [bytes = Number.NaN, seconds = Number.NaN] = stdout.split(' ').map(Number);
  return { bytes, speed: bytes / 1e6 / seconds };
}

export interface BlobFile {
  path: string;
  digest: string;
  /** Bytes. */
  size: number;
}

/**
 * Sends a file as a blob, in the three requests that docker and skopeo make of it.
 * @param image its address, up to its name.
 * @returns megabytes a second.
 */
export async function push(client: TestClient, image: string, headers: readonly string[], file: BlobFile) {
  const send = async (method: string, url: string, ...more: string[]) => {
    const output = ['--silent', '--fail', '--output', '/dev/null', '--dump-header', '-'];
    const { stdout } = await client.ok(
      ['curl', ...output, '--request', method, ...asArguments(headers), ...more, url],
      TIMEOUT,
    );
    return new URL(/^location: (.*)\r$/im.exec(stdout)?.[1] ?? '', image);
  };
  const bytes = ['-H', 'Content-Type: application/octet-stream', '-H', 'Expect:'];
  const begin = performance.now();
  const begun = await send('POST', `${image}/blobs/uploads/`);
  const sent = await send('PATCH', begun.href, ...bytes, '--upload-file', file.path);
  sent.searchParams.set('digest', file.digest);
  await send('PUT', sent.href, ...bytes, '--data-binary', '');
  return file.size / 1e3 / (performance.now() - begin);
}
