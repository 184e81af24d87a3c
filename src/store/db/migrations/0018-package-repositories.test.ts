import { expect, test } from 'bun:test';
import type { Kysely } from 'kysely';
import { startApp } from '../../../../test/support/app.ts';
import { onEachEngine } from '../../../../test/support/engines.ts';
import { MIGRATIONS } from './index.ts';

const TABLES = [
  'package_repository_documents',
  'package_repositories',
  'package_version_properties',
  'package_file_properties',
];

onEachEngine('the migration to indexed properties', (engine) => {
  test('indexes the PyPI releases that were yanked, with or without a reason, and no others', async () => {
    await using app = await startApp(engine);
    const project = await app.seed.project(await app.seed.group());
    const insertPackage = async (type: string, metadata: Record<string, unknown>) => {
      const row = {
        project_id: project.id,
        type,
        name: type,
        name_key: type,
        revision: 1,
        created_at: 0,
        updated_at: 0,
      };
      const { id } = await app.db.insertInto('packages').values(row).returning('id').executeTakeFirstOrThrow();
      for (const [version, each] of Object.entries(metadata))
        await app.db
          .insertInto('package_versions')
          .values({ package_id: id, version, status: 'default', metadata: JSON.stringify(each), created_at: 0 })
          .execute();
    };
    await insertPackage('pypi', {
      'with reason': { yanked: 'a "hole"' },
      'without reason': { summary: 'half a pair \ud83d', yanked: '' },
      nested: { classifiers: { yanked: 'no' } },
      'in text': { summary: '"yanked":"no"' },
      plain: {},
    });
    await insertPackage('npm', { '1.0.0': { yanked: 'no' } });
    const db = app.db as unknown as Kysely<unknown>;
    for (const table of TABLES) await db.schema.dropTable(table).execute();
    await MIGRATIONS['0018-package-repositories']?.up(db);
    const yanked = await app.db
      .selectFrom('package_version_properties as p')
      .innerJoin('package_versions as v', 'v.id', 'p.version_id')
      .select(['v.version', 'p.name', 'p.value'])
      .whereRef('v.package_id', '=', 'p.package_id')
      .orderBy('v.version')
      .execute();
    expect(yanked).toEqual([
      { version: 'with reason', name: 'yanked', value: 'true' },
      { version: 'without reason', name: 'yanked', value: 'true' },
    ]);
  });
});
