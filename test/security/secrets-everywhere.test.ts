/**
 * The attack: read a secret where it was left: a log at its most talkative, an error, the metrics, the audit log, the
 * database, a file beside it. (CVE-2025-48374 zot: a client secret in the log; CVE-2022-3644 Pulp: tokens in plain
 * text.) Real secrets are sent by every way there is, right and wrong, and then everything is searched for them.
 */
import { expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { sha256Hex } from '../../src/lib/digest.ts';
import { apiClient } from '../support/api-client.ts';
import { basic, privateToken, startApp, type TestApp } from '../support/app.ts';
import { onEachEngine } from '../support/engines.ts';

const PASSWORD = 'Correct-Horse-Battery-4711';
const WRONG = 'Wrong-Horse-Battery-0815';

/**
 * A secret as it may stand somewhere: itself, and as base64 at each of the three offsets that it can have in a longer
 * text.
 */
function formsOf(secret: string): string[] {
  const shifted = ['', 'x', 'xx'].map((pad) =>
    Buffer.from(pad + secret)
      .toString('base64')
      .slice(4, -4),
  );
  return [secret, encodeURIComponent(secret), Buffer.from(secret).toString('hex'), ...shifted];
}

/** All rows of all tables, as one text. */
async function dump(app: TestApp): Promise<string> {
  const tables = await app.db.introspection.getTables();
  const all = await Promise.all(
    tables.map(async ({ name }) => (await sql`select * from ${sql.table(name)}`.execute(app.db)).rows),
  );
  return JSON.stringify(all);
}

function filesOf(app: TestApp): string {
  const files = readdirSync(app.folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1')).join('\n');
}

onEachEngine('secrets everywhere', (engine) => {
  test('no secret is in a log, an error, the metrics, the audit log, the database or a file', async () => {
    await using app = await startApp(engine);
    const admin = await app.seed.user({ username: 'ada', password: PASSWORD, admin: true });
    const api = apiClient(app, admin.token);
    const project = await app.seed.project(await app.seed.group());
    const made = await api.post(`/projects/${project.id}/deploy_tokens`, {
      name: 'ci',
      scopes: ['read_repository', 'read_registry'],
    });
    const sealed = await app.seed.deployToken(project, { name: 'gitlab-deploy-token' });
    const personal = await api.post(`/users/${admin.id}/personal_access_tokens`, { name: 'x', scopes: ['api'] });
    const rotated = await api.post(`/personal_access_tokens/${personal.body['id']}/rotate`);
    const deploy = String(made.body['token']);
    const username = String(made.body['username']);
    const revoked = await app.seed.deployToken(project);
    await api.delete(`/projects/${project.id}/deploy_tokens/${revoked.id}`);
    const secrets = [
      PASSWORD,
      WRONG,
      admin.token,
      deploy,
      sealed.secret,
      revoked.secret,
      `${deploy}x`,
      String(personal.body['token']),
      String(rotated.body['token']),
    ];
    for (const secret of secrets) expect(secret.length).toBeGreaterThan(20);

    const refs = `/${project.full_path}.git/info/refs?service=git-upload-pack`;
    const paths = [
      refs,
      '/api/v4/user',
      `/api/v4/projects/${project.id}`,
      '/v2/',
      '/jwt/auth?service=container_registry',
      '/-/metrics',
      '/nothing',
      `/api/v4/projects/${project.id}/packages/generic/a/1/b`,
    ];
    let answers = '';
    for (const secret of secrets) {
      const ways: Record<string, string>[] = [
        basic(username, secret),
        basic('ada', secret),
        basic(secret, ''),
        basic(secret, 'x'),
        basic(secret, secret),
        privateToken(secret),
        { Authorization: `Bearer ${secret}` },
        { 'Deploy-Token': secret },
        { 'Job-Token': secret },
        { Authorization: secret },
        { Authorization: `Basic ${secret}` },
        { Cookie: `session=${secret}` },
        { 'User-Agent': secret },
      ];
      for (const [i, headers] of ways.entries()) {
        for (const path of paths) {
          const answer = await app.fetch(path, { headers, ip: `10.0.${i}.${secrets.indexOf(secret)}` });
          // The token service answers with tokens of its own; what was sent must not be in them either.
          answers += `${JSON.stringify([...answer.headers])}${await answer.text()}\n`;
        }
      }
      for (const path of [
        `/api/v4/user?private_token=${secret}`,
        `${refs}&access_token=${secret}`,
        `/api/v4/projects?search=${secret}`,
        `/${secret}/x.git/info/refs`,
        `/api/v4/projects/${secret}`,
      ])
        await app.fetch(path);
      for (const body of [
        `{"token":"${secret}"`,
        JSON.stringify({ password: secret, name: 'x' }),
        JSON.stringify({ scopes: secret, name: 'x' }),
      ])
        answers += await (
          await app.fetch(`/api/v4/projects/${project.id}/deploy_tokens`, {
            method: 'POST',
            headers: { ...privateToken(admin.token), 'Content-Type': 'application/json' },
            body,
          })
        ).text();
    }
    await app.services.signIns.flush();
    const metrics = await (await app.fetch('/-/metrics')).text();
    const audit = await (
      await app.fetch('/api/v4/audit_events?per_page=100', { headers: privateToken(admin.token) })
    ).text();
    const rows = await dump(app);
    const places = { log: app.lines.join('\n'), answers, metrics, audit, rows, files: filesOf(app) };
    expect(places.log.length).toBeGreaterThan(10_000);
    expect(rows).toContain(sha256Hex(deploy));
    const found: string[] = [];
    for (const [place, text] of Object.entries(places))
      for (const [i, secret] of secrets.entries())
        for (const form of formsOf(secret)) if (text.includes(form)) found.push(`secret ${i} in ${place}`);
    expect([...new Set(found)]).toEqual([]);
    expect(app.lines.filter((line) => line.includes('"fault"'))).toEqual([]);
  }, 300_000);

  test('a secret is returned once: no later response contains it or its hash', async () => {
    await using app = await startApp(engine);
    const admin = await app.seed.user({ admin: true });
    const api = apiClient(app, admin.token);
    const project = await app.seed.project(await app.seed.group());
    const made = await api.post(`/projects/${project.id}/deploy_tokens`, { name: 'ci', scopes: ['read_repository'] });
    const secret = String(made.body['token']);
    for (const path of [
      '/deploy_tokens',
      `/projects/${project.id}/deploy_tokens`,
      `/projects/${project.id}/deploy_tokens/${made.body['id']}`,
      `/projects/${project.id}`,
      '/audit_events',
      '/personal_access_tokens',
      '/users',
    ]) {
      const text = JSON.stringify((await api.get(path)).body);
      expect(text.length).toBeGreaterThan(2);
      for (const never of [secret, sha256Hex(secret), admin.token, sha256Hex(admin.token), 'password_hash', '$argon2'])
        expect(text).not.toContain(never);
    }
  });
});
