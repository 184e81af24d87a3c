import type { TestClient } from '../../test/support/client.ts';

/** A registry, and the way in. */
export interface Registry {
  /** Without a slash at the end. */
  url: string;
  pid: number;
  /** For an image, valid for some minutes; empty: it asks for nothing. */
  headers(image: string): Promise<string[]>;
  /** The user name and password with a colon between them. */
  login: string | null;
}

/** As curl and wrk take headers. */
const asArguments = (headers: readonly string[]) => headers.flatMap((header) => ['-H', header]);

/** Asks for the manifest of a tag, over so many connections, for so long. */
export async function loadManifest(
  client: TestClient,
  registry: Registry,
  { image, tag, type }: { image: string; tag: string; type: string },
  { connections, seconds }: { connections: number; seconds: number },
): Promise<{ perSecond: number; p99: number }> {
  const { stdout } = await client.ok([
    ...['wrk', '-t1', `-c${connections}`, `-d${seconds}s`, '--latency'],
    ...asArguments([...(await registry.headers(image)), `Accept: ${type}`]),
    `${registry.url}/v2/${image}/manifests/${tag}`,
  ]);
  if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(`${registry.url}: ${stdout}`);
  const [, p99, unit] = /99% +([\d.]+)(us|ms|s)\b/.exec(stdout) ?? [];
  const perSecond = Number(/Requests\/sec: +([\d.]+)/.exec(stdout)?.[1]);
  return { perSecond, p99: Number(p99) * { us: 0.001, ms: 1, s: 1000 }[unit as 'us' | 'ms' | 's'] };
}

/** Fetches a blob and throws it away. @returns megabytes a second, as curl counts them. */
export async function pull(client: TestClient, url: string, headers: readonly string[]): Promise<number> {
  const { stdout } = await client.ok([
    ...['curl', '--silent', '--fail', '--output', '/dev/null', '--write-out', '%{size_download} %{time_total}'],
    ...asArguments(headers),
    url,
  ]);
  return perSecond(stdout);
}

/** Sends a file as a blob in the three requests that docker and skopeo make of it. @returns megabytes a second. */
export async function push(
  client: TestClient,
  registry: Registry,
  image: string,
  file: { path: string; digest: string; size: number },
): Promise<number> {
  const headers = await registry.headers(image);
  const begin = performance.now();
  const begun = await send(
    client,
    ['--request', 'POST', ...asArguments(headers)],
    `${registry.url}/v2/${image}/blobs/uploads/`,
  );
  const body = ['--header', 'Content-Type: application/octet-stream', '--header', 'Expect:', '--data-binary'];
  const sent = await send(
    client,
    [
      '--request',
      'PATCH',
      ...asArguments(headers),
      '--header',
      'Content-Type: application/octet-stream',
      '--header',
      'Expect:',
      '--upload-file',
      file.path,
    ],
    begun,
  );
  const last = new URL(sent);
  last.searchParams.set('digest', file.digest);
  await send(client, ['--request', 'PUT', ...asArguments(headers), ...body, ''], last.href);
  return file.size / 1e3 / (performance.now() - begin);

  /** @returns where the upload goes on. */
  async function send(by: TestClient, options: readonly string[], url: string): Promise<string> {
    const { stdout } = await by.ok([
      'curl',
      '--silent',
      '--fail-with-body',
      '--dump-header',
      '-',
      '--output',
      '/dev/null',
      ...options,
      url,
    ]);
    const location = /^location: (.*)\r$/im.exec(stdout)?.[1] ?? '';
    return new URL(location, registry.url).href;
  }
}

function perSecond(written: string): number {
  const [bytes, seconds] = written.split(' ').map(Number);
  return (bytes ?? Number.NaN) / 1e6 / (seconds ?? Number.NaN);
}
