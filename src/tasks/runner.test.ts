import { expect, test } from 'bun:test';
import { onEachEngine } from '../../test/support/engines.ts';
import { type TaskScene, taskScene } from '../../test/support/task-scene.ts';
import type { TaskContext } from '../domain/tasks/run-task.ts';
import type { Tasks } from '../domain/tasks/tasks.ts';
import { DAY, HOUR } from '../lib/clock.ts';
import { startTasks } from './runner.ts';
import type { TaskKind } from './task-kind.ts';

const SILENT = { debug() {}, info() {}, error() {} };
const BY_HAND = { pollMs: Number.POSITIVE_INFINITY };
const DONE = { nextAt: null };

onEachEngine('the runner of tasks', (engine) => {
  const inScene = (name: string, work: (scene: TaskScene) => Promise<void>) =>
    test(name, async () => {
      await using scene = await taskScene(engine);
      await work(scene);
    });
  const start = (tasks: Tasks, kinds: TaskKind[], concurrency = 3) =>
    startTasks(tasks, kinds, SILENT, { ...BY_HAND, concurrency });
  const request = async ({ tasks, time }: TaskScene, kind: string, count: number) => {
    for (let subject = 1; subject <= count; subject++) await tasks.request({ kind, subject }, DAY);
    time.now += HOUR;
  };

  inScene('two runners on one database run each task once, and never one task at once', async (scene) => {
    const runs: number[] = [];
    const at = new Set<number>();
    const run = async ({ subject }: TaskContext) => {
      expect(at.has(subject)).toBe(false);
      at.add(subject);
      runs.push(subject);
      await Bun.sleep(2);
      at.delete(subject);
      return DONE;
    };
    await request(scene, 'work', 30);
    await using one = start(scene.tasks, [{ kind: 'work', run }]);
    await using other = start(scene.others, [{ kind: 'work', run }]);
    await Promise.all([one.runDue(), other.runDue()]);
    expect(runs.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
  });

  inScene('runs no more at once than it may, and of one kind one', async (scene) => {
    const now: Record<string, number> = { a: 0, b: 0, c: 0 };
    const most: Record<string, number> = { a: 0, b: 0, c: 0, all: 0 };
    const kinds = ['a', 'b', 'c'].map((kind) => ({
      kind,
      run: async () => {
        now[kind] = (now[kind] ?? 0) + 1;
        most[kind] = Math.max(most[kind] ?? 0, now[kind] ?? 0);
        most['all'] = Math.max(
          most['all'] ?? 0,
          Object.values(now).reduce((a, b) => a + b),
        );
        await Bun.sleep(50);
        now[kind] = (now[kind] ?? 0) - 1;
        return DONE;
      },
    }));
    for (const kind of ['a', 'b', 'c']) await request(scene, kind, 3);
    await using runner = start(scene.tasks, kinds);
    await runner.runDue();
    expect(most).toEqual({ a: 1, b: 1, c: 1, all: 2 });
  });

  inScene('a short task runs while long ones take every other slot, and a long one waits', async (scene) => {
    const end = Promise.withResolvers<void>();
    const ran: string[] = [];
    const long = (kind: string) => ({
      kind,
      run: async () => {
        ran.push(kind);
        await end.promise;
        return DONE;
      },
    });
    const begun = Promise.withResolvers<void>();
    const quick: TaskKind = {
      kind: 'quick',
      short: true,
      run: async () => {
        ran.push('quick');
        begun.resolve();
        return DONE;
      },
    };
    for (const kind of ['a', 'b', 'c', 'quick']) await request(scene, kind, 1);
    await using runner = start(scene.tasks, [long('a'), long('b'), long('c'), quick]);
    const due = runner.runDue();
    await begun.promise;
    expect(ran).toEqual(['a', 'b', 'quick']);
    end.resolve();
    await due;
    expect(ran).toEqual(['a', 'b', 'quick', 'c']);
  });

  inScene('a task that throws fails alone, and the others run', async (scene) => {
    const run = async ({ subject }: TaskContext) => {
      if (subject === 1) throw new Error('broken');
      return DONE;
    };
    await request(scene, 'work', 3);
    await using runner = start(scene.tasks, [{ kind: 'work', run }]);
    await runner.runDue();
    const ended = (await scene.tasks.list(10)).map(({ subject, outcome, error }) => [subject, outcome, error]);
    expect(ended).toEqual([
      [1, 'failed', 'broken'],
      [2, 'done', null],
      [3, 'done', null],
    ]);
  });

  inScene('a stop ends the running task at its next step and hands it back', async (scene) => {
    const begun = Promise.withResolvers<void>();
    const run = async ({ signal }: TaskContext) => {
      begun.resolve();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      signal.throwIfAborted();
      return DONE;
    };
    await request(scene, 'work', 1);
    const runner = start(scene.tasks, [{ kind: 'work', run }]);
    const due = runner.runDue();
    await begun.promise;
    await runner[Symbol.asyncDispose]();
    await due;
    const [task] = await scene.others.list(1);
    expect(task).toMatchObject({ running: false, outcome: 'stopped', failures: 0, error: null });
    expect(await scene.others.claimDue(['work'])).not.toBeNull();
  });

  inScene('a stop lets a task end that does not listen', async (scene) => {
    const begun = Promise.withResolvers<void>();
    const end = Promise.withResolvers<void>();
    const run = async () => {
      begun.resolve();
      await end.promise;
      return DONE;
    };
    await request(scene, 'work', 1);
    const runner = start(scene.tasks, [{ kind: 'work', run }]);
    const due = runner.runDue();
    await begun.promise;
    const stopped = runner[Symbol.asyncDispose]();
    end.resolve();
    await Promise.all([stopped, due]);
    expect((await scene.tasks.list(1))[0]).toMatchObject({ outcome: 'done', running: false });
  });

  inScene('a recurring task is planned and runs; without an interval it does not', async (scene) => {
    let runs = 0;
    const kind = (intervalMs: number | null): TaskKind => ({
      kind: 'collect',
      recurs: { intervalMs, firstMs: HOUR },
      run: async () => {
        runs += 1;
        return DONE;
      },
    });
    await using runner = start(scene.tasks, [kind(DAY)]);
    await runner.runDue();
    expect(runs).toBe(0);
    scene.time.now += HOUR;
    await runner.runDue();
    await runner.runDue();
    expect(runs).toBe(1);
    scene.time.now += DAY;
    await using never = start(scene.others, [kind(null)]);
    await never.runDue();
    expect(runs).toBe(1);
  });
});
