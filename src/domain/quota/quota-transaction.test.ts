import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { sql } from 'kysely';
import { basic, startApp, type TestApp } from '../../../test/support/app.ts';
import { ENGINES } from '../../../test/support/engines.ts';
import { onEachApp } from '../../../test/support/on-each-app.ts';
import { createRegistryClient, imageManifest, sha256 } from '../../../test/support/registry.ts';
import { type Db, inTransaction } from '../../store/db/database.ts';
import { findLimit, lockLimit, writeUsed } from '../../store/tables/storage-limits.ts';
import type { Project } from '../projects/projects.ts';
import { inQuotaTransaction } from './quota-transaction.ts';

/** A project with a limit, an image in it, and another project without. */
async function setUp(app: TestApp) {
  const group = await app.seed.group();
  const limited = await app.seed.project(group);
  const free = await app.seed.project(await app.seed.group());
  await app.services.storage.setLimit({ kind: 'project', project: limited }, 1_000_000, app.by);
  const scopes = ['read_registry', 'write_registry', 'read_package_registry', 'write_package_registry'];
  const token = await app.seed.deployToken(limited, { scopes });
  const other = await app.seed.deployToken(free, { scopes });
  const client = createRegistryClient(app);
  const image = `${limited.full_path}/app`;
  const headers = await client.signIn(token, `repository:${image}:pull,push`);
  const config = await client.pushBlob(headers, image, '{}');
  const push = (text: string) =>
    app.fetch(`/v2/${image}/blobs/uploads/?digest=${sha256(text)}`, { method: 'POST', headers, body: text });
  const tag = (name: string) =>
    client.putManifest(headers, image, name, imageManifest(config, [], { annotations: { name } }));
  const publish = (project: Project, file: string) =>
    app.fetch(`/api/v4/projects/${project.id}/packages/generic/a/1.0/${file}`, {
      method: 'PUT',
      headers: basic('', (project === limited ? token : other).secret),
      body: file,
    });
  return { limited, free, push, tag, publish };
}

/** 401: the deploy token went with its project. */
const TAKEN_BACK = [201, 401, 404, 503];

/** Locks the row of a limit as a recount does, until it is released. */
async function hold(app: TestApp, project: Project) {
  const held = Promise.withResolvers<void>();
  const letGo = Promise.withResolvers<void>();
  const limit = await findLimit(app.db, { project_id: project.id, namespace_id: null });
  const over = inTransaction(app.db, async (trx) => {
    await lockLimit(trx, limit?.id ?? 0);
    held.resolve();
    await letGo.promise;
  });
  await held.promise;
  return async () => {
    letGo.resolve();
    await over;
  };
}

const waiting = async (app: TestApp) => {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`.execute(app.db);
  return Number(rows[0]?.count);
};

async function untilWaiting(app: TestApp, count: number): Promise<void> {
  while ((await waiting(app)) < count) await Bun.sleep(10);
}

describe.if(ENGINES.includes('postgres'))('what waits for one limit [postgres]', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp('postgres');
  });
  afterAll(() => app[Symbol.asyncDispose]());

  test('many that wait leave the database to all others', async () => {
    const { limited, free, publish } = await setUp(app);
    const letGo = await hold(app, limited);
    const stores = Array.from({ length: 60 }, (_, i) => publish(limited, `f${i}`));
    await untilWaiting(app, 1);
    const others = await Promise.all(Array.from({ length: 10 }, (_, i) => publish(free, `f${i}`)));
    expect(others.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 201));
    await letGo();
    for (const answer of stores) expect([201, 503]).toContain((await answer).status);
  });

  test('one that waits for long is answered with 503 and a time to come back', async () => {
    const { limited, push } = await setUp(app);
    const letGo = await hold(app, limited);
    const answer = await push('late');
    await letGo();
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await answer.text()).toContain('Others are changing the same at this moment');
    expect((await push('late')).status).toBe(201);
  });

  for (const what of ['push', 'tag'] as const)
    test(`a project that is deleted while something is stored into it (${what})`, async () => {
      const { limited, ...stores } = await setUp(app);
      const letGo = await hold(app, limited);
      const stored = stores[what]('late');
      await untilWaiting(app, 1);
      const deleted = app.services.projects.destroy(limited, app.by);
      await untilWaiting(app, 2);
      await letGo();
      expect((await stored).status).toBe(201);
      await deleted;
      expect([401, 404]).toContain((await stores[what]('later')).status);
    });
});

/** Counts how often all that is stored is counted. */
function countingCounts(db: Db) {
  let counts = 0;
  const counting: Db = db.withPlugin({
    transformQuery({ node }) {
      if (JSON.stringify(node).includes('sum(size)')) counts += 1;
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  return { counting, counts: () => counts };
}

onEachApp('storing content over the quota', (started) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await started;
  });

  test('is refused again and again without counting again and again', async () => {
    const { limited, publish } = await setUp(app);
    expect((await publish(limited, 'first')).status).toBe(201);
    const { counting, counts } = countingCounts(app.db);
    const store = (i: number) =>
      inQuotaTransaction(counting, limited, (_, reserveQuota) =>
        reserveQuota([{ store: 'images', name: `${i}`, size: 1_000_001 }]),
      );
    const refused = await Promise.allSettled(Array.from({ length: 60 }, (_, i) => store(i)));
    for (const each of refused) {
      const reason = each.status === 'rejected' ? each.reason : null;
      expect(reason).toHaveProperty('kind', 'over_quota');
      expect(String(reason)).toContain('uses 7 B of its');
    }
    expect(counts()).toBeGreaterThan(0);
    expect(counts()).toBeLessThan(20);
  });

  test('is stored when the recount finds enough quota', async () => {
    const { limited } = await setUp(app);
    const limit = await findLimit(app.db, { project_id: limited.id, namespace_id: null });
    await writeUsed(app.db, limit?.id ?? 0, 999_999);
    const take = (size: number) =>
      inQuotaTransaction(app.db, limited, (_, reserveQuota) => reserveQuota([{ store: 'images', name: 'new', size }]));
    await take(900_000);
    expect(await findLimit(app.db, { project_id: limited.id, namespace_id: null })).toMatchObject({
      used_bytes: 900_002,
    });
  });
});

onEachApp('storing into what goes away', (started) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await started;
  });

  test('succeeds or is reported as not found, each time', async () => {
    for (let round = 0; round < 10; round++) {
      const { limited, push, tag, publish } = await setUp(app);
      const stores = Array.from({ length: 8 }, (_, i) => [
        push(`${i}`),
        tag(`t${i}`),
        publish(limited, `f${i}`),
      ]).flat();
      await Bun.sleep(round);
      const gone = app.services.projects.destroy(limited, app.by);
      for (const answer of stores) expect(TAKEN_BACK).toContain((await answer).status);
      await gone;
    }
  });

  test('an image that goes away while one of its uploads ends', async () => {
    const { limited, push } = await setUp(app);
    for (let round = 0; round < 20; round++) {
      const stored = push(`round ${round}`);
      for (let turn = 0; turn < round % 7; turn++) await Bun.sleep(0);
      await app.db.deleteFrom('images').where('project_id', '=', limited.id).execute();
      expect(TAKEN_BACK).toContain((await stored).status);
    }
  });
});
