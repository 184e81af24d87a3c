import { expect, test } from 'bun:test';
import { collectionScene } from '../../../test/support/collection-scene.ts';
import { onEachEngine } from '../../../test/support/engines.ts';
import { rejectionOf } from '../../../test/support/rejection.ts';

onEachEngine('deleting versions of a package', (engine) => {
  test('after another publication is a conflict and deletes nothing, when a revision is given', async () => {
    await using scene = await collectionScene(engine);
    const { change, find, contents } = scene.services.packages;
    const look = () => find(scene.project, { type: 'generic', name: 'one' });
    const destroy = ({ id, revision }: Awaited<ReturnType<typeof look>>) =>
      change.destroyVersions(scene.project, { id }, { versions: ['1.0.0'], revision }, scene.by);
    await scene.publish('one', 'a file');
    const seen = await look();
    await scene.publish('one', 'another');
    expect(await rejectionOf(destroy(seen))).toHaveProperty('kind', 'conflict');
    const now = await look();
    expect([now.revision, (await contents(now)).versions.length]).toEqual([seen.revision + 1, 1]);
    await destroy(now);
    expect(await rejectionOf(look())).toHaveProperty('kind', 'not_found');
  });
});
