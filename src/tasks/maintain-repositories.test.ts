import { expect, test } from 'bun:test';
import { onEachEngine } from '../../test/support/engines.ts';
import { type TaskScene, taskScene } from '../../test/support/task-scene.ts';
import { DAY, HOUR, MINUTE } from '../lib/clock.ts';
import { maintainRepositories } from './maintain-repositories.ts';
import { runNow } from './run-claimed.ts';
import { startTasks } from './runner.ts';

const SILENT = { debug() {}, info() {}, error() {} };
const KEY = { kind: 'maintain-repository', subject: 17 };
const DONE = { loose: 1, packsBefore: 1, packsAfter: 1, swept: 0, cruft: false };

onEachEngine('the maintenance of repositories', (engine) => {
  /** Runs what is due. `runs` has for each run whether it was a full one. */
  const start = ({ tasks }: TaskScene, intervalMs: number | null = DAY) => {
    const runs: boolean[] = [];
    const made = { cruft: false, gone: false };
    const maintain = async (_: number, { full }: { full: boolean }) => {
      runs.push(full);
      return made.gone ? null : { ...DONE, cruft: made.cruft };
    };
    const kind = maintainRepositories({ maintain }, tasks, intervalMs, SILENT);
    const runner = startTasks(tasks, [kind], SILENT, { pollMs: Number.POSITIVE_INFINITY });
    return { runs, made, kind, runDue: runner.runDue };
  };
  const inScene = (name: string, work: (scene: TaskScene) => Promise<void>) =>
    test(name, async () => {
      await using scene = await taskScene(engine);
      await work(scene);
    });

  inScene('merges once a day after pushes, packs everything once a week, and then rests', async (scene) => {
    const { tasks, time } = scene;
    const { runs, runDue } = start(scene);
    const push = () => tasks.request(KEY, DAY);
    await push();
    time.now += 5 * MINUTE;
    await runDue();
    expect(runs).toEqual([true]);
    for (let day = 1; day <= 6; day++) {
      await push();
      await push();
      time.now += DAY;
      await runDue();
      await runDue();
    }
    expect(runs).toEqual([true, false, false, false, false, false, false]);
    time.now += DAY;
    await runDue();
    expect(runs.slice(7)).toEqual([true]);
    time.now += 30 * DAY;
    await runDue();
    expect(runs).toHaveLength(8);
  });

  inScene('a repository with unreachable objects is packed again until they are gone', async (scene) => {
    const { tasks, time } = scene;
    const { runs, made, runDue } = start(scene);
    made.cruft = true;
    await tasks.request(KEY, DAY);
    time.now += HOUR;
    for (let week = 0; week < 3; week++) {
      await runDue();
      made.cruft = week === 0;
      time.now += 7 * DAY;
    }
    expect(runs).toEqual([true, true, true]);
    await runDue();
    expect(runs).toHaveLength(3);
  });

  inScene('the task of a deleted repository goes', async (scene) => {
    const { made, runDue } = start(scene);
    made.gone = true;
    await scene.tasks.request(KEY, DAY);
    scene.time.now += HOUR;
    await runDue();
    expect(await scene.tasks.list(1)).toEqual([]);
  });

  inScene('without an interval it runs only when an administrator asks, and then packs everything', async (scene) => {
    const { tasks, time } = scene;
    const { runs, kind, runDue } = start(scene, null);
    await tasks.request(KEY, DAY);
    time.now += 30 * DAY;
    await runDue();
    expect(runs).toEqual([]);
    const { signal } = new AbortController();
    expect(await runNow(tasks, kind, KEY, signal, SILENT)).toBe('done');
    expect(await runNow(tasks, kind, KEY, signal, SILENT)).toBe('done');
    expect(runs).toEqual([true, true]);
    await tasks.claim(KEY);
    expect(await runNow(tasks, kind, KEY, signal, SILENT)).toBeNull();
  });
});
