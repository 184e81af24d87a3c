import { afterAll, expect, test } from 'bun:test';
import { chmodSync, closeSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '../../../test/support/client.ts';
import { answerHooks, installPushHooks } from './push-hooks.ts';

const client = createClient();
afterAll(() => client[Symbol.dispose]());
const hooks = installPushHooks(client.path('repositories'));

const ALLOWED = { admitted: true, message: null };

/** Starts a hook as git does: with the channel to the server as descriptor 3. */
function start(name: 'pre-receive' | 'post-receive', input = '') {
  const child = Bun.spawn([join(hooks.folder, name)], { stdio: [new Blob([input]), 'pipe', 'pipe', 'pipe'] });
  return { child, channel: child.stdio[3] ?? -1, stderr: new Response(child.stderr).text() };
}

test('pre-receive allows a push only when the server says so', async () => {
  const allowed = start('pre-receive');
  await answerHooks(allowed.channel, async () => ALLOWED);
  expect(await allowed.child.exited).toBe(0);
  const partly = start('pre-receive');
  await answerHooks(partly.channel, async () => ({ admitted: true, message: 'One ref is not changed.' }));
  expect([await partly.child.exited, await partly.stderr]).toEqual([0, 'One ref is not changed.\n']);
  const refused = start('pre-receive');
  await answerHooks(refused.channel, async () => ({
    admitted: false,
    message: 'The project is archived.\nReally; $(touch /tmp/x)',
  }));
  expect(await refused.child.exited).toBe(1);
  expect(await refused.stderr).toBe('The project is archived. Really; $(touch /tmp/x)\n');
});

test('pre-receive refuses a push when the server is gone', async () => {
  const { child, channel } = start('pre-receive');
  closeSync(channel);
  expect(await child.exited).not.toBe(0);
  const alone = Bun.spawn([join(hooks.folder, 'pre-receive')], { stdio: ['ignore', 'ignore', 'ignore'] });
  expect(await alone.exited).not.toBe(0);
});

test('post-receive reports the updates, and a report that was cut off is not complete', async () => {
  const line = (name: string) => `${'a'.repeat(40)} ${'b'.repeat(40)} refs/heads/${name}\n`;
  const { channel } = start('post-receive', line('one') + line('grün'));
  const { commands, complete } = await answerHooks(channel, async () => ALLOWED);
  expect([commands.map(({ ref }) => ref), complete]).toEqual([['refs/heads/one', 'refs/heads/grün'], true]);
  const cut = Bun.spawn(['sh', '-c', `printf '%s' '${line('one')}' >&3`], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  expect(await answerHooks(cut.stdio[3] ?? -1, async () => ALLOWED)).toMatchObject({ commands: [{}], complete: false });
});

test('hooks that were removed or changed in mode are written again before the next push', async () => {
  const hook = join(hooks.folder, 'pre-receive');
  const text = readFileSync(hook, 'utf8');
  rmSync(hooks.folder, { recursive: true });
  await hooks.ready();
  expect(readFileSync(hook, 'utf8')).toBe(text);
  chmodSync(hook, 0o644);
  await hooks.ready();
  const { child, channel } = start('pre-receive');
  await answerHooks(channel, async () => ALLOWED);
  expect(await child.exited).toBe(0);
});
