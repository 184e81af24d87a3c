import { expect, test } from 'bun:test';
import { onEachApp } from '../../test/support/on-each-app.ts';
import { MINUTE } from '../lib/clock.ts';

onEachApp('the metrics of background tasks', (started) => {
  test('have for each kind how many are due, running and failed, and how long ago one succeeded', async () => {
    const { services, time, fetch } = await started;
    const { tasks } = services;
    const claim = async (kind: string, subject: number) => {
      const lease = await tasks.claim({ kind, subject });
      if (!lease) throw new Error('nothing was claimed');
      return lease;
    };
    await tasks.done(await claim('work', 1), { nextAt: null });
    await tasks.failed(await claim('work', 2), new Error('broken'));
    time.now += 10 * MINUTE;
    await claim('work', 3);
    const text = await (await fetch('/-/metrics')).text();
    expect(text).toContain('postern_tasks_due{kind="work"} 1\n');
    expect(text).toContain('postern_tasks_running{kind="work"} 1\n');
    expect(text).toContain('postern_tasks_failed{kind="work"} 1\n');
    const age = /^postern_tasks_last_success_age_seconds\{kind="work"\} (\S+)$/m.exec(text)?.[1];
    expect(Math.round(Number(age))).toBe(600);
  });

  test('are left out while the database cannot be read, and the others are shown', async () => {
    const { db, fetch } = await started;
    await db.schema.alterTable('tasks').renameTo('away').execute();
    const answer = await fetch('/-/metrics');
    const text = await answer.text();
    expect(answer.status).toBe(200);
    expect(text).toContain('postern_git_processes{state="running"} 0\n');
    expect(text).not.toContain('postern_tasks_due{');
  });
});
