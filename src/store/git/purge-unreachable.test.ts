import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { maintenanceScene } from '../../../test/support/maintenance-scene.ts';

test('a purge removes every unreachable object, packed or loose, and nothing else', async () => {
  using scene = await maintenanceScene();
  const id = async (revision: string) =>
    (await scene.client.ok(['git', 'rev-parse', revision], { cwd: scene.cwd })).stdout.trim();
  const stored = async (object: string) =>
    (await scene.client.run(['git', '--git-dir', scene.path, 'cat-file', '-e', object])).code === 0;
  await scene.commit(150);
  await scene.pushAsPacks();
  const commitSecrets = async (...texts: string[]) => {
    for (const text of texts) {
      await Bun.write(join(scene.cwd, 'file.txt'), text);
      await scene.client.ok(['git', 'commit', '-q', '-a', '-m', text], { cwd: scene.cwd });
    }
  };
  await scene.client.ok(['git', 'checkout', '-q', '-b', 'secret'], { cwd: scene.cwd });
  await commitSecrets('one', 'two', 'three');
  await scene.pushAsPacks('secret');
  await commitSecrets('four', 'five');
  await scene.pushAsLoose('secret');
  const secrets = [
    await id('secret'),
    await id('secret:file.txt'),
    await id('secret~3'),
    await id('secret~3:file.txt'),
  ];
  await scene.git('update-ref', '-d', 'refs/heads/secret');
  expect(await Promise.all(secrets.map(stored))).not.toContain(false);
  const { purged, cruft } = await scene.maintain(true, { purge: true });
  expect(await Promise.all(secrets.map(stored))).not.toContain(true);
  expect({ purged, cruft }).toEqual({ purged: 15, cruft: false });
  expect(scene.files('objects/pack').filter((name) => name.endsWith('.bitmap'))).toHaveLength(1);
  await scene.verify();
  expect(await scene.maintain(true, { purge: true })).toMatchObject({ purged: 0 });
});
