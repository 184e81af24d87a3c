import { expect, test } from 'bun:test';
import type { Kysely } from 'kysely';
import { startApp } from '../../../../test/support/app.ts';
import { onEachEngine } from '../../../../test/support/engines.ts';
import { MIGRATIONS } from './index.ts';

onEachEngine('the migration of deprecated versions', (engine) => {
  test('indexes the npm versions that are deprecated, once, and no others', async () => {
    await using app = await startApp(engine);
    const { id: project_id } = await app.seed.project(await app.seed.group());
    for (const [type, metadata] of Object.entries({
      npm: {
        '1.0.0': { deprecated: 'half a pair \ud83d' },
        '1.1.0': { deprecated: '' },
        '1.2.0': { dependencies: { deprecated: '1' } },
        '1.3.0': {},
      },
      pypi: { '1.0': { deprecated: 'no' } },
    })) {
      const row = { project_id, type, name: type, name_key: type, revision: 1, created_at: 0, updated_at: 0 };
      const { id } = await app.db.insertInto('packages').values(row).returning('id').executeTakeFirstOrThrow();
      for (const [version, each] of Object.entries(metadata))
        await app.db
          .insertInto('package_versions')
          .values({ package_id: id, version, status: 'default', metadata: JSON.stringify(each), created_at: 0 })
          .execute();
    }
    const db = app.db as unknown as Kysely<unknown>;
    for (let run = 0; run < 2; run++) await MIGRATIONS['0023-deprecated-versions']?.up(db);
    const marked = await app.db
      .selectFrom('package_version_properties as p')
      .innerJoin('package_versions as v', 'v.id', 'p.version_id')
      .select(['v.version', 'p.name', 'p.value'])
      .whereRef('v.package_id', '=', 'p.package_id')
      .execute();
    expect(marked).toEqual([{ version: '1.0.0', name: 'deprecated', value: 'true' }]);
  });
});
