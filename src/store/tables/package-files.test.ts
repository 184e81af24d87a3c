import { describe, expect, test } from 'bun:test';
import { sql } from 'kysely';
import { startApp } from '../../../test/support/app.ts';
import { ENGINES } from '../../../test/support/engines.ts';
import { listFilesOfVersions } from './package-files.ts';

/** Numbers of packages, and of versions of each; the versions were published in turns. */
const PACKAGES = 50;
const VERSIONS = 400;

describe.if(ENGINES.includes('postgres'))('the files of some versions [postgres]', () => {
  test('are found without a scan of the table, also before the table has statistics', async () => {
    await using app = await startApp('postgres');
    const { db } = app;
    const project = await app.seed.project(await app.seed.group());
    for (const table of ['package_versions', 'package_files'])
      await sql`alter table ${sql.table(table)} set (autovacuum_enabled = false)`.execute(db);
    await sql`insert into packages (id, project_id, type, name, name_key, revision, created_at, updated_at)
      select i, ${project.id}, 'pypi', 'p' || i, 'p' || i, 1, 0, 0 from generate_series(1, ${sql.lit(PACKAGES)}) i`.execute(
      db,
    );
    await sql`insert into package_versions (id, package_id, version, status, metadata, created_at)
      select i, 1 + i % ${sql.lit(PACKAGES)}, i, 'default', '{}', 0
      from generate_series(1, ${sql.lit(PACKAGES * VERSIONS)}) i`.execute(db);
    await sql`insert into package_files (version_id, name, size, sha256, created_at)
      select id, k, 1, repeat('a', 64), 0 from package_versions, generate_series(1, 3) k order by id, k`.execute(db);
    const some = Array.from({ length: 200 }, (_, i) => (i + 1) * PACKAGES);

    for (const counted of [false, true]) {
      if (counted) await sql`analyze package_files`.execute(db);
      await db.transaction().execute(async (trx) => {
        const files = await listFilesOfVersions(trx, some);
        expect(files.map(({ version_id, name }) => `${version_id} ${name}`)).toEqual(
          some.flatMap((id) => [1, 2, 3].map((k) => `${id} ${k}`)),
        );
        const { rows } = await sql`
          select seq_scan from pg_stat_xact_user_tables where relname = 'package_files'`.execute(trx);
        expect([counted, rows]).toEqual([counted, [{ seq_scan: 0 }]]);
      });
    }
  }, 180_000);
});
