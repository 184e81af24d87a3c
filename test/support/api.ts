import { privateToken, type TestApp } from './app.ts';

export type Call = ReturnType<typeof apiCaller>;

/**
 * Speaks to the API as whoever has the token; as nobody with null. What is sent goes as JSON, and what comes back is
 * parsed: `body` is null when nothing came.
 */
export function apiCaller(app: TestApp, token: string | null) {
  return async (method: string, path: string, sent?: object) => {
    const response = await app.fetch(`/api/v4${path}`, {
      method,
      headers: {
        ...(token === null ? {} : privateToken(token)),
        ...(sent === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(sent === undefined ? {} : { body: JSON.stringify(sent) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) };
  };
}
