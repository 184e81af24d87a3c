import { expect, test } from 'bun:test';
import { startApp } from '../../../test/support/app.ts';
import { onEachEngine } from '../../../test/support/engines.ts';
import { npmTarball, publication } from '../../../test/support/npm-tarball.ts';
import { readContents } from './contents.ts';

/** More than are read at once, and not a multiple of that. */
const VERSIONS = 2345;

onEachEngine('the contents of a package', (engine) => {
  test('each of very many versions has what was written about it, and one that goes meanwhile is left out', async () => {
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
    const told = (i: number) => ({ number: i, words: `“${'ü'.repeat(i % 7)}”`, nested: { list: [i, null] } });
    for (let from = 0; from < VERSIONS; from += 500) {
      const numbers = Array.from({ length: Math.min(500, VERSIONS - from) }, (_each, i) => from + i);
      const rows = numbers.map((i) => ({ ...row, version: `1.0.${i}`, metadata: JSON.stringify(told(i)) }));
      await app.db.insertInto('package_versions').values(rows).execute();
    }
    const { versions, metadata } = await readContents(app.db, found);
    expect(versions.map(({ version }) => version)).toEqual(Array.from({ length: VERSIONS }, (_, i) => `1.0.${i}`));
    let at = 0;
    for await (const [version, each] of metadata()) {
      expect([version, each]).toEqual([versions[at] as never, told(at)]);
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
  }, 120_000);
});
