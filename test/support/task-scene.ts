import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createTasks } from '../../src/domain/tasks/tasks.ts';
import { connectDatabase, type DatabaseAddress, type Engine } from '../../src/store/db/database.ts';
import { freshDatabase } from './fresh-database.ts';
import { scratchFolder } from './scratch.ts';

export type TaskScene = Awaited<ReturnType<typeof taskScene>>;

/** A database with two servers on it, each with a connection of its own; its time is moved by hand. */
export async function taskScene(engine: Engine) {
  const folder = scratchFolder('postern-tasks-');
  const { settings, drop } = await freshDatabase(engine, folder);
  const address: DatabaseAddress =
    engine === 'sqlite'
      ? { engine, file: join(folder, 'postern.sqlite') }
      : { engine, url: settings.POSTERN_DATABASE_URL ?? '' };
  const databases = await Promise.all([connectDatabase(address), connectDatabase(address)]);
  const time = { now: Date.parse('2026-03-01T12:00:00Z') };
  const databaseTime = async () => time.now;
  const [tasks, others] = databases.map(({ db }) => createTasks({ db, databaseTime, random: () => 0.5 }));
  const [first] = databases;
  if (!tasks || !others || !first) throw new Error('there are two');
  return {
    time,
    db: first.db,
    tasks,
    /** The same table as the other server has it. */
    others,
    async [Symbol.asyncDispose]() {
      for (const database of databases) await database[Symbol.asyncDispose]();
      await drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
