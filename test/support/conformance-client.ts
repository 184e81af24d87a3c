import { defined } from '../../src/lib/defined.ts';
import { basic, type TestApp } from './app.ts';
import type { Login } from './registry.ts';

export interface Asked {
  headers?: Record<string, string>;
  body?: Uint8Array<ArrayBuffer> | string;
}

/**
 * Asks as the public conformance suites do: first without credentials, then with a bearer token for what the challenge
 * says, which is used again for the same challenge.
 */
export function createConformanceClient(app: TestApp, { username, secret }: Login) {
  const tokens = new Map<string, string>();

  const tokenFor = async (challenge: string): Promise<string> => {
    const known = tokens.get(challenge);
    if (known !== undefined) return known;
    const field = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1];
    const query = new URLSearchParams({ service: field('service') ?? '', scope: field('scope') ?? '' });
    const answer = await app.fetch(`${field('realm')}?${query}`, { headers: basic(username, secret) });
    if (answer.status !== 200) throw new Error(`the token service answered ${answer.status}`);
    const { token } = (await answer.json()) as { token: string };
    tokens.set(challenge, token);
    return token;
  };

  return async (method: string, path: string, { headers = {}, body }: Asked = {}): Promise<Response> => {
    const init = { method, ...defined({ body }) };
    const first = await app.fetch(path, { ...init, headers });
    if (first.status !== 401) return first;
    const token = await tokenFor(first.headers.get('www-authenticate') ?? '');
    return app.fetch(path, { ...init, headers: { ...headers, Authorization: `Bearer ${token}` } });
  };
}
