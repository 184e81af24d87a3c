import type { TestClient } from '../../test/support/client.ts';
import { asArguments } from '../../test/support/curl-registry.ts';

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

/** Asks for the manifest of a tag, over so many connections, for so long. */
export async function loadManifest(
  client: TestClient,
  registry: Registry,
  { image, tag, type }: { image: string; tag: string; type: string },
  { connections, seconds }: { connections: number; seconds: number },
): Promise<{ perSecond: number; p99: number }> {
  const { stdout } = await client.ok([
    'wrk',
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '--latency',
    ...asArguments([...(await registry.headers(image)), `Accept: ${type}`]),
    `${registry.url}/v2/${image}/manifests/${tag}`,
  ]);
  if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(`${registry.url}: ${stdout}`);
  const [, p99, unit] = /99% +([\d.]+)(us|ms|s)\b/.exec(stdout) ?? [];
  const perSecond = Number(/Requests\/sec: +([\d.]+)/.exec(stdout)?.[1]);
  return { perSecond, p99: Number(p99) * { us: 0.001, ms: 1, s: 1000 }[unit as 'us' | 'ms' | 's'] };
}
