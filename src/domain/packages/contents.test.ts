import { expect, test } from 'bun:test';
import { startApp } from '../../../test/support/app.ts';
import { onEachEngine } from '../../../test/support/engines.ts';
import { npmTarball, publication } from '../../../test/support/npm-tarball.ts';
import { defined } from '../../lib/defined.ts';
import type { Db } from '../../store/db/database.ts';
import { insertVersionProperties } from '../../store/tables/indexed-properties.ts';
import { type ContainedVersion, readContents } from './contents.ts';

/** More than one batch, and not a multiple of a batch. */
const VERSIONS = 2345;

onEachEngine('the contents of a package', (engine) => {
  test('include the metadata of each of very many versions, without a version that is deleted during the read', async () => {
    await using app = await startApp(engine);
    const project = await app.seed.project(await app.seed.group());
    const { secret } = await app.seed.deployToken(project, { scopes: ['write_package_registry'] });
    const manifest = { name: 'many', version: '0.0.1' };
    const answer = await app.fetch(`/api/v4/projects/${project.id}/packages/npm/many`, {
      method: 'PUT',
      headers: { Authorization: `Bearer ${secret}` },
      body: JSON.stringify(publication(manifest, await npmTarball(manifest))),
    });
    expect(answer.status).toBe(200);
    const found = await app.services.packages.find(project, { type: 'npm', name: 'many' });
    const { id: _, ...row } = await app.db.selectFrom('package_versions').selectAll().executeTakeFirstOrThrow();
    await app.db.deleteFrom('package_versions').execute();
    const shown = (i: number) => ({
      number: i,
      words: `“${'ü'.repeat(i % 7)}” of "rare": all`,
      nested: { list: [i, null] },
      ...defined({ rare: i % 1000 === 7 ? '' : undefined }),
    });
    for (let from = 0; from < VERSIONS; from += 500) {
      const numbers = Array.from({ length: Math.min(500, VERSIONS - from) }, (_each, i) => from + i);
      const rows = numbers.map((i) => ({ ...row, version: `1.0.${i}`, metadata: JSON.stringify(shown(i)) }));
      await app.db.insertInto('package_versions').values(rows).execute();
    }
    const { versions, metadata, eachFile, versionsWith } = await readContents(app.db, found);
    expect(versions.map(({ version }) => version)).toEqual(Array.from({ length: VERSIONS }, (_, i) => `1.0.${i}`));
    let at = 0;
    for await (const [version, each] of metadata()) {
      expect([version, each]).toEqual([versions[at] as never, shown(at)]);
      at += 1;
    }
    expect(at).toBe(VERSIONS);
    const some = versions.filter((_, i) => i % 7 === 3);
    await app.db
      .deleteFrom('package_versions')
      .where('id', '=', some[5]?.id ?? 0)
      .execute();
    const read: string[] = [];
    for await (const [{ version }, { number }] of metadata(some)) {
      expect(version).toBe(`1.0.${number}`);
      read.push(version);
    }
    expect(read).toEqual(some.flatMap(({ version }, i) => (i === 5 ? [] : version)));

    for (const { id, version } of versions.filter((_, i) => i % 1000 === 7))
      await insertVersionProperties(app.db, { id, package_id: found.id }, [
        ['rare', version],
        ['rare', 'twice'],
      ]);
    const rare = (await versionsWith('rare')).map(({ version }) => version);
    expect([rare, await versionsWith('absent')]).toEqual([['1.0.7', '1.0.1007', '1.0.2007'], []]);
    await addFiles(app.db, versions);
    const files: string[] = [];
    for await (const { file, children } of eachFile())
      files.push([file.name, ...children.map(({ name }) => name)].join(' '));
    const those = versions.flatMap(({ version }, i) => (i % 3 === 0 ? version : []));
    expect(files).toEqual(
      those.flatMap((version) => ['a', 'b'].map((end) => `${version}${end} child-of-${version}${end}`)),
    );
  }, 180_000);
});

/** Two files with a child each for every third version; the last versions get theirs first. */
async function addFiles(db: Db, versions: readonly ContainedVersion[]): Promise<void> {
  const row = { size: 1, sha256: 'a'.repeat(64), md5: null, sha1: null, sha512: null, created_at: 0, metadata: null };
  const owners = versions.filter((_, i) => i % 3 === 0).toReversed();
  for (let from = 0; from < owners.length; from += 200) {
    const names = owners
      .slice(from, from + 200)
      .flatMap(({ id, version }) => ['a', 'b'].map((end) => [id, `${version}${end}`] as const));
    const files = names.map(([version_id, name]) => ({ ...row, version_id, parent_id: null, name }));
    const parents = await db
      .insertInto('package_files')
      .values(files)
      .returning(['id', 'name', 'version_id'])
      .execute();
    const children = parents.map(({ id, name, version_id }) => ({
      ...row,
      version_id,
      parent_id: id,
      name: `child-of-${name}`,
    }));
    await db.insertInto('package_files').values(children).execute();
  }
}
