import { afterAll } from 'bun:test';
import type { Engine } from '../../src/store/db/database.ts';
import { startApp, type TestApp } from './app.ts';
import { onEachEngine, onOneEngine } from './engines.ts';
import { startServer, type TestServer } from './server.ts';

type Suite<T> = (started: Promise<T>, engine: Engine) => void;

/** Runs a suite once per database engine, each time on one app for all its tests. */
export const onEachApp = (name: string, suite: Suite<TestApp>): void => onEach(onEachEngine, name, startApp, suite);

/** The same with a server in a process of its own, for real clients. */
export const onEachServer = (name: string, suite: Suite<TestServer>): void =>
  onEach(onEachEngine, name, startServer, suite);

/** An app on SQLite alone, as with {@link onOneEngine}. */
export const onOneApp = (name: string, suite: Suite<TestApp>): void => onEach(onOneEngine, name, startApp, suite);

/** A server on SQLite alone, as with {@link onOneEngine}. */
export const onOneServer = (name: string, suite: Suite<TestServer>): void =>
  onEach(onOneEngine, name, startServer, suite);

function onEach<T extends AsyncDisposable>(
  engines: typeof onEachEngine,
  name: string,
  start: (engine: Engine) => Promise<T>,
  suite: Suite<T>,
) {
  engines(name, (engine) => {
    const started = start(engine);
    afterAll(async () => (await started)[Symbol.asyncDispose]());
    suite(started, engine);
  });
}
