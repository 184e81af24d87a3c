import { defined } from '../../src/lib/defined.ts';
import { privateToken, type TestApp } from './app.ts';

/** Some JSON: untyped, because what is in it is what a test is about. */
export type Json = ReturnType<typeof JSON.parse>;

export interface Answer {
  status: number;
  /** An empty object when there is no body. */
  body: Json;
  /** The same, of an answer that is a list; empty for one that is not. */
  rows: Json[];
  headers: Headers;
}

/**
 * Calls the API of a server in this process as the owner of a personal access token; anonymous without one.
 */
export function apiClient(app: Pick<TestApp, 'fetch'>, token?: string) {
  const send = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const response = await app.fetch(`/api/v4${path}`, {
      method,
      headers: { ...(token === undefined ? {} : privateToken(token)), 'Content-Type': 'application/json' },
      ...defined({ body: body === undefined ? undefined : JSON.stringify(body) }),
    });
    const text = await response.text();
    const said = text === '' ? {} : JSON.parse(text);
    return { status: response.status, body: said, rows: Array.isArray(said) ? said : [], headers: response.headers };
  };
  return {
    get: (path: string) => send('GET', path),
    post: (path: string, body: unknown = {}) => send('POST', path, body),
    put: (path: string, body: unknown = {}) => send('PUT', path, body),
    patch: (path: string, body: unknown = {}) => send('PATCH', path, body),
    delete: (path: string) => send('DELETE', path),
  };
}
