/**
 * The attack: the one route that forgot to ask. Most holes of this field are a good check in one place that another way
 * to the same thing does not go through (CVE-2023-4895, CVE-2025-68944, CVE-2026-17594, and most of the rest).
 *
 * Every row of the real route table is asked for by every kind of credential, and the answer compared with an oracle
 * that was written apart from the program. The gate is the real one; only the handlers are exchanged for one that says
 * which row was reached, so that nothing is deleted on the way. A row with a permission or in a protocol that the
 * oracle does not know fails.
 *
 * Every row is asked for on SQLite. On PostgreSQL, where an answer costs eight times as much, it is one row of those
 * that ask the database the same: of one protocol, with the same access, and of a private project. The visibility is
 * a value that the same queries read.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { CredentialRef } from '../../src/domain/access/credential-ref.ts';
import { DEPLOY_TOKEN_SCOPES, type DeployTokenScope } from '../../src/domain/deploy-tokens/scopes.ts';
import { formatUploadId } from '../../src/domain/images/upload-id.ts';
import { PERSONAL_SCOPES, type PersonalScope } from '../../src/domain/personal-tokens/scopes.ts';
import { createAttempts } from '../../src/gate/attempts.ts';
import { createGate } from '../../src/gate/gate.ts';
import { createHashGate } from '../../src/gate/hash-gate.ts';
import { createDispatch, type Dispatch } from '../../src/http/dispatch.ts';
import type { Protocol, Route } from '../../src/http/route.ts';
import type { Engine } from '../../src/store/db/database.ts';
import { type Caller, expectedOutcome, type Target } from '../support/access-oracle.ts';
import { basic, privateToken, startApp, type TestApp } from '../support/app.ts';
import { onEachEngine } from '../support/engines.ts';
import { httpDepsOf } from '../support/http-deps.ts';
import { addressOfRow, namedBy, nameOfRow } from '../support/row-address.ts';

interface Case {
  name: string;
  caller: Caller;
  /** Signed in at the pages; absent: by a header. */
  atPages?: true;
  headers: Record<string, string>;
  /** The credential as the owner of what it began; null: it begins nothing. */
  owner: CredentialRef | null;
}

interface Scene {
  app: TestApp;
  dispatch: Dispatch;
  rows: { protocol: Protocol; route: Route }[];
  targets: (Target & { groupId: number; groupPath: string; projectId: number; projectPath: string; cases: Case[] })[];
}

const VISIBILITIES = ['private', 'internal', 'public'] as const;
const visibilitiesOn = (engine: Engine) => (engine === 'sqlite' ? VISIBILITIES : VISIBILITIES.slice(0, 1));
const ROLES = { guest: 10, reporter: 20, developer: 30, maintainer: 40, owner: 50 };

/** The real protocols with handlers that only say that they were reached. */
function gateOf(scene: TestApp): Dispatch {
  const { app, services, time } = scene;
  const protocols = app.protocols.map((protocol) => ({
    ...protocol,
    routes: protocol.routes.map((route) => ({
      ...route,
      handler: () => new Response(null, { status: 200, headers: { Reached: encodeURIComponent(nameOfRow(route)) } }),
    })),
  }));
  const gate = createGate({
    ...services,
    attempts: createAttempts(services.signInCounts, () => time.now),
    hashGate: createHashGate(),
  });
  return createDispatch({ gate, ...httpDepsOf(scene) }, protocols as Protocol[]);
}

function rowsFor(engine: Engine, protocols: readonly Protocol[]): Scene['rows'] {
  const rows = protocols.flatMap((protocol) => protocol.routes.map((route) => ({ protocol, route })));
  if (engine === 'sqlite') return rows;
  return [...new Map(rows.map((row) => [`${row.protocol.name} ${JSON.stringify(row.route.access)}`, row])).values()];
}

async function casesFor(
  app: TestApp,
  top: { id: number },
  groupId: number,
  project: Parameters<TestApp['seed']['deployToken']>[0],
) {
  const { seed, services, db } = app;
  const cases: Case[] = [{ name: 'nobody', caller: { kind: 'anonymous' }, headers: {}, owner: null }];
  const add = (name: string, caller: Caller, headers: Record<string, string>, owner: CredentialRef | null = null) =>
    cases.push({ name, caller, headers, owner });
  const group = top as Parameters<typeof seed.deployToken>[0];

  const token = async (
    name: string,
    owner: typeof group,
    reach: 'project' | 'group' | 'elsewhere',
    scopes: readonly DeployTokenScope[],
  ) => {
    const { id, username, secret } = await seed.deployToken(owner, { scopes });
    add(name, { kind: 'deploy token', scopes, reach }, basic(username, secret), { kind: 'deployToken', id });
  };
  for (const scope of DEPLOY_TOKEN_SCOPES) {
    await token(`deploy token of the project, ${scope}`, project, 'project', [scope]);
    await token(`deploy token of the group above, ${scope}`, group, 'group', [scope]);
  }
  const elsewhere = await seed.project(await seed.group());
  await token('deploy token of another project, all scopes', elsewhere, 'elsewhere', DEPLOY_TOKEN_SCOPES);
  await token('deploy token of another group, all scopes', await seed.group(), 'elsewhere', DEPLOY_TOKEN_SCOPES);

  const bad: Caller = { kind: 'bad credential' };
  const all = await seed.deployToken(project, { scopes: DEPLOY_TOKEN_SCOPES });
  const wrong = `${all.secret.slice(0, -1)}${all.secret.endsWith('0') ? '1' : '0'}`;
  add('deploy token with one letter changed', bad, basic(all.username, wrong));
  add('deploy token in PRIVATE-TOKEN', bad, privateToken(all.secret));
  const revoked = await seed.deployToken(project, { scopes: DEPLOY_TOKEN_SCOPES });
  const kind = 'project' as const;
  await services.deployTokens.revoke({ kind, id: project.id, path: project.full_path }, revoked.id, app.by);
  add('revoked deploy token', bad, basic(revoked.username, revoked.secret));
  const expired = await seed.deployToken(project, { scopes: DEPLOY_TOKEN_SCOPES, expiresAt: '2026-03-01T12:00:00Z' });
  add('deploy token at the instant of its expiry', bad, basic(expired.username, expired.secret));

  const user = async (name: string, role: number, scopes: readonly PersonalScope[], admin = false) => {
    const who = await seed.user({ scopes: [...scopes], admin });
    if (role > 0) await join(app, who.id, groupId, role);
    const tokens = db.selectFrom('personal_access_tokens').where('user_id', '=', who.id);
    const { id } = await tokens.select('id').executeTakeFirstOrThrow();
    add(name, { kind: 'user', role, admin, scopes }, privateToken(who.token), { kind: 'personalToken', id });
    return who;
  };
  for (const [role, level] of Object.entries(ROLES)) await user(role, level, ['api']);
  for (const scope of PERSONAL_SCOPES) await user(`owner's personal token, ${scope}`, 50, [scope]);
  await user('stranger', 0, ['api']);
  await user('administrator', 0, ['api'], true);
  await user("administrator's personal token, read_api", 0, ['read_api'], true);
  for (const [role, level] of Object.entries({ ...ROLES, administrator: 0 })) {
    const who = await seed.user({ admin: role === 'administrator' });
    if (level > 0) await join(app, who.id, groupId, level);
    const secret = await services.sessions.begin(who.id, { ip: '127.0.0.1', agent: 'a browser' });
    const caller: Caller = { kind: 'user', role: level, admin: level === 0, scopes: ['api'] };
    cases.push({
      name: `session of ${role}`,
      caller,
      atPages: true,
      headers: { Cookie: `postern=${secret.reveal()}` },
      owner: null,
    });
  }
  const blocked = await user('blocked owner', 50, ['api']);
  await db.updateTable('users').set({ blocked: 1 }).where('id', '=', blocked.id).execute();
  (cases.at(-1) as Case).caller = bad;
  for (const [name, column] of [
    ['revoked', 'revoked_at'],
    ['expired', 'expires_at'],
  ] as const) {
    const dead = await user(`owner's ${name} personal token`, 50, ['api']);
    await db
      .updateTable('personal_access_tokens')
      .set({ [column]: app.time.now })
      .where('user_id', '=', dead.id)
      .execute();
    (cases.at(-1) as Case).caller = bad;
  }
  return cases;
}

/** An upload that the credential began, where it can begin one. Those of others are not there: see uploads.test.ts. */
const ownOf = (owner: CredentialRef | null) =>
  owner === null ? {} : { upload: formatUploadId({ uuid: '6e2a4d0c-54b1-4b55-a5b5-3f1c0e9d7a11', owner }) };

async function join(app: TestApp, userId: number, namespaceId: number, level: number): Promise<void> {
  const row = { user_id: userId, namespace_id: namespaceId, project_id: null, access_level: level };
  await app.db
    .insertInto('members')
    .values({ ...row, expires_at: null, created_by: null, created_at: 0 })
    .execute();
}

onEachEngine('token matrix', (engine) => {
  let scene: Scene;
  beforeAll(async () => {
    const app = await startApp(engine);
    const rows = rowsFor(engine, app.app.protocols);
    const targets: Scene['targets'] = [];
    for (const visibility of visibilitiesOn(engine)) {
      const top = await app.seed.group(null, { visibility });
      const group = await app.seed.group(top, { visibility });
      const project = await app.seed.project(group, { visibility });
      const cases = await casesFor(app, top, group.id, project);
      targets.push({ visibility, ...namedBy(group, project), cases });
    }
    scene = { app, dispatch: gateOf(app), rows, targets };
  }, 180_000);
  afterAll(() => scene.app[Symbol.asyncDispose]());

  describe.each([...visibilitiesOn(engine)])('%s', (visibility) => {
    test('every row answers every credential as the oracle says', async () => {
      const target = scene.targets.find((one) => one.visibility === visibility);
      if (!target) throw new Error('no target');
      const surprises: string[] = [];
      let asked = 0;
      let ip = 0;
      for (const { protocol, route } of scene.rows) {
        for (const { name, caller: someone, atPages = false, headers, owner } of target.cases) {
          // Protocols don't accept each other's credentials: the API no cookie, the pages no token.
          const caller: Caller = atPages === (protocol.name === 'web') ? someone : { kind: 'anonymous' };
          for (const by of ['path', 'id'] as const) {
            const url = addressOfRow(route, target, by, ownOf(owner));
            if (url === null) continue;
            // From an address of its own each: this is no test of the limits.
            const peer = `10.${ip >> 16}.${(ip >> 8) & 255}.${ip++ & 255}`;
            const request = new Request(`http://postern.test${url}`, { method: route.method, headers });
            const answer = await scene.dispatch(request, { peer, disableIdleTimeout: () => {} });
            const reached = answer.headers.get('Reached');
            const actual =
              reached === null ? answer.status : decodeURIComponent(reached) === nameOfRow(route) ? 'reached' : reached;
            const expected = expectedOutcome(protocol.name, route.access, caller, target);
            asked += 1;
            if (actual !== expected) surprises.push(`${nameOfRow(route)} by ${name}: ${actual}, not ${expected}`);
          }
        }
      }
      expect(surprises).toEqual([]);
      expect(asked).toBeGreaterThan(scene.rows.length * target.cases.length);
    }, 180_000);
  });
});
