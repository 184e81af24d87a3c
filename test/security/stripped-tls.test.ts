/**
 * The attack: stand between a browser and the network, and answer its first request, which goes by plain HTTP, with a
 * copy of the sign-in page. A browser that was here before must ask by TLS alone. RFC 6797.
 */

import { expect, test } from 'bun:test';
import { startApp } from '../support/app.ts';

const PATHS = ['/', '/-/health', '/v2/', '/api/v4/version', '/nothing.git/info/refs?service=git-upload-pack'];

async function headersOf(url: string): Promise<(string | null)[]> {
  await using app = await startApp('sqlite', { POSTERN_URL: url });
  const answers = await Promise.all(PATHS.map((path) => app.fetch(path)));
  return answers.map(({ headers }) => headers.get('strict-transport-security'));
}

test('every response of a server with an https address tells browsers to use TLS alone, for this host', async () => {
  expect(await headersOf('https://postern.test')).toEqual(PATHS.map(() => 'max-age=31536000'));
});

test('a server with a plain address does not: RFC 6797 section 7.2', async () => {
  expect(await headersOf('http://postern.test')).toEqual(PATHS.map(() => null));
});
