/**
 * The attack: a push of one ref whose name has thousands of parts. The names of all folders above it were made at once,
 * to sync them: 64 KiB took the server 2.5 GB and half a minute, in which it answered nobody.
 */
import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pktLine } from '../../src/store/git/packets.ts';
import { emptyHead, MAX_NAME_BYTES, MAX_NAME_PARTS, readCommands } from '../../src/store/git/push-commands.ts';
import { maintenanceScene } from '../support/maintenance-scene.ts';
import { NONE, pushByHand } from '../support/push-by-hand.ts';
import { thrown } from '../support/rejection.ts';

test('a ref with thousands of parts in its name is refused before any folder is looked at', async () => {
  using scene = await maintenanceScene();
  const { stdout } = await scene.client.ok(['git', 'rev-parse', 'HEAD'], { cwd: scene.cwd });
  const synced: string[] = [];
  const push = (ref: string) =>
    pushByHand(scene, { ref, wanted: stdout.trim() }, async (folder) => void synced.push(folder));
  expect(await push(`refs/heads/${'a/'.repeat(2000)}b`)).toContain(`the name of a ref is over ${MAX_NAME_BYTES} bytes`);
  expect(synced).toEqual([]);
  // Git refuses this name, and no folder outside the repository is opened.
  expect(await push('refs/heads/../../../b')).toContain('funny refname');
  expect(synced.filter((folder) => folder.includes('..'))).toEqual([]);
  // Nor does HEAD name a branch that git does not take.
  for (const ref of ['refs/heads/a b', 'refs/heads/a..b', 'refs/heads/a.lock', 'refs/heads/a\nb', 'refs/heads/../c'])
    expect(await push(ref)).toContain('funny refname');
  expect(readFileSync(join(scene.path, 'HEAD'), 'utf8')).toBe('ref: refs/heads/main\n');
});

test('so are many names that have many parts together', async () => {
  const longest = `refs/heads/${'a/'.repeat((MAX_NAME_BYTES - 12) / 2)}b`;
  const parts = longest.split('/').length;
  const read = async (count: number) => {
    const head = emptyHead();
    const packet = pktLine(`${NONE} ${'a'.repeat(40)} ${longest}`);
    for await (const _ of readCommands(new Blob([packet.repeat(count), '0000']).stream(), head, false));
    return head.commands.length;
  };
  const most = Math.floor(MAX_NAME_PARTS / parts);
  expect(await read(most)).toBe(most);
  expect(await thrown(read(most + 1))).toThrow(`over ${MAX_NAME_PARTS} parts`);
});
