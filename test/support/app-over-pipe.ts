import { afterAll, beforeAll } from 'bun:test';
import { SYSTEM } from '../../src/domain/audit/author.ts';
import { startApp, type TestApp } from './app.ts';
import { createClient } from './client.ts';
import { serveOverPipe } from './git-over-pipe.ts';

/**
 * A server whose repositories real gits use over a pipe, for all tests of a file. To be called once, at the top of the
 * file. On one engine: the database is not involved.
 */
export function appOverPipe() {
  let app: TestApp;
  let pipe: Awaited<ReturnType<typeof serveOverPipe>>;
  const client = createClient();
  beforeAll(async () => {
    app = await startApp('sqlite');
    pipe = await serveOverPipe(app, SYSTEM);
  });
  afterAll(async () => {
    pipe[Symbol.dispose]();
    await app[Symbol.asyncDispose]();
    client[Symbol.dispose]();
  });
  return {
    client,
    get app() {
      return app;
    },
    get pipe() {
      return pipe;
    },
  };
}
