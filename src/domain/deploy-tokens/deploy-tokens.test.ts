import { expect, test } from 'bun:test';
import { basic } from '../../../test/support/app.ts';
import { onEachApp } from '../../../test/support/on-each-app.ts';
import { thrown } from '../../../test/support/rejection.ts';
import { reaches } from '../../authz/deploy-token-rules.ts';
import { inspectToken } from '../../lib/token-format.ts';
import type { Project } from '../projects/projects.ts';
import type { OwnerRef } from './deploy-tokens.ts';

const ofProject = (project: Project): OwnerRef => ({ kind: 'project', id: project.id, path: project.full_path });

onEachApp('deploy tokens', (started) => {
  const prepare = async () => {
    const app = await started;
    const group = await app.seed.group();
    const project = await app.seed.project(group);
    /** How many rows there are of tokens, their links to this project or group, and secrets. */
    const rows = async () => {
      const tokens = await app.db
        .selectFrom('deploy_tokens')
        .selectAll()
        .where((eb) => eb.or([eb('project_id', '=', project.id), eb('namespace_id', '=', group.id)]))
        .execute();
      const ids = tokens.map((token) => token.id);
      const secrets = await app.db
        .selectFrom('deploy_token_secrets')
        .selectAll()
        .where('deploy_token_id', 'in', [0, ...ids])
        .execute();
      return { tokens, secrets };
    };
    return { ...app, group, project, rows };
  };

  test('A120 the secret is gldt- and 36 letters and digits, and opens its project', async () => {
    const { seed, services, fetch, project } = await prepare();
    const token = await seed.deployToken(project);
    expect(token.secret).toMatch(/^gldt-[A-Za-z0-9]{36}$/);
    expect((await services.deployTokens.check(inspectToken(token.secret))).outcome).toBe('active');
    const response = await fetch(`/${project.full_path}.git/info/refs?service=git-upload-pack`, {
      headers: basic(token.username, token.secret),
    });
    expect(response.status).toBe(200);
  });

  test('A001 without a user name it has the default, which is computed and not stored', async () => {
    const { seed, project, rows } = await prepare();
    const token = await seed.deployToken(project);
    expect(token.username).toBe(`gitlab+deploy-token-${token.id}`);
    expect((await rows()).tokens[0]?.username).toBe(null);
  });

  test('A018 a revoked token is revoked, keeps its row, and keeps its first instant', async () => {
    const { seed, services, project, time, by } = await prepare();
    const token = await seed.deployToken(project);
    const revoked = await services.deployTokens.revoke(ofProject(project), token.id, by);
    expect(revoked.revokedAt).toBe(time.now);
    const first = time.now;
    time.now += 1000;
    await services.deployTokens.revoke(ofProject(project), token.id, by);
    expect((await services.deployTokens.get({ kind: 'project', id: project.id }, token.id)).revokedAt).toBe(first);
    expect((await services.deployTokens.check(inspectToken(token.secret))).outcome).toBe('revoked');
  });

  test('A024 an empty expiry is none', async () => {
    const { seed, services, project, time } = await prepare();
    const token = await seed.deployToken(project, { expiresAt: '', username: '' });
    expect([token.expiresAt, token.username]).toEqual([null, `gitlab+deploy-token-${token.id}`]);
    const now = time.now;
    time.now = Date.parse('2999-01-01');
    expect((await services.deployTokens.check(inspectToken(token.secret))).outcome).toBe('active');
    time.now = now;
  });

  test('A025 A028 one of a project is one row with the project as its owner, and one secret', async () => {
    const { seed, project, rows } = await prepare();
    const { id } = await seed.deployToken(project);
    const { tokens, secrets } = await rows();
    expect(tokens).toHaveLength(1);
    expect(tokens[0]).toMatchObject({ id, project_id: project.id, namespace_id: null });
    expect(secrets.map((secret) => secret.deploy_token_id)).toEqual([id]);
  });

  test('A026 A028 one of a group is one row with the group as its owner, and one secret', async () => {
    const { seed, group, rows } = await prepare();
    const { id } = await seed.deployToken(group);
    const { tokens, secrets } = await rows();
    expect(tokens).toHaveLength(1);
    expect(tokens[0]).toMatchObject({ id, project_id: null, namespace_id: group.id });
    expect(secrets.map((secret) => secret.deploy_token_id)).toEqual([id]);
  });

  test('A014 A029 without a scope nothing is stored', async () => {
    const { seed, project, rows } = await prepare();
    expect(await thrown(seed.deployToken(project, { scopes: [] }))).toThrow("Scopes can't be blank");
    expect(await rows()).toEqual({ tokens: [], secrets: [] });
  });

  test('A030 a destroyed token is gone with its secrets', async () => {
    const { seed, services, project, rows, by } = await prepare();
    const token = await seed.deployToken(project);
    await services.deployTokens.destroy(ofProject(project), token.id, by);
    expect(await rows()).toEqual({ tokens: [], secrets: [] });
    expect((await services.deployTokens.check(inspectToken(token.secret))).outcome).toBe('unknown');
  });

  test('A032 A033 the token named gitlab-deploy-token of a project is found, and of a project without one nothing', async () => {
    const { seed, services, project, group } = await prepare();
    expect(await services.deployTokens.forJobs(project.id)).toBe(null);
    await seed.deployToken(project, { name: 'another' });
    await seed.deployToken(group, { name: 'gitlab-deploy-token' });
    expect(await services.deployTokens.forJobs(project.id)).toBe(null);
    const token = await seed.deployToken(project, { name: 'gitlab-deploy-token' });
    const found = await services.deployTokens.forJobs(project.id);
    expect([found?.username, found?.secret.reveal()]).toEqual([token.username, token.secret]);
  });

  test('A034 a token of a project reaches its project alone', async () => {
    const { seed, services, group, project } = await prepare();
    const sibling = await seed.project(group);
    const token = await seed.deployToken(project);
    const facts = async (id: number) => services.access.project(id, null);
    const reached = async (id: number) => {
      const found = await facts(id);
      return found.on === 'project' && reaches({ token }, found);
    };
    expect([await reached(project.id), await reached(sibling.id)]).toEqual([true, false]);
  });

  test('A037 A038 two tokens of a project may have the same name and the same user name', async () => {
    const { seed, project } = await prepare();
    const request = { name: 'twin', username: 'twin' };
    const one = await seed.deployToken(project, request);
    const two = await seed.deployToken(project, request);
    expect([one.name, one.username]).toEqual([two.name, two.username]);
    expect(one.id).not.toBe(two.id);
  });

  test('of the secret only its SHA-256 is stored; of gitlab-deploy-token a sealed copy too', async () => {
    const { seed, project, rows } = await prepare();
    const plain = await seed.deployToken(project);
    const special = await seed.deployToken(project, { name: 'gitlab-deploy-token' });
    const { tokens, secrets } = await rows();
    const stored = JSON.stringify({ tokens, secrets });
    for (const { secret } of [plain, special]) {
      expect(stored).not.toContain(secret);
      expect(stored).not.toContain(secret.slice(5));
      expect(stored).toContain(new Bun.CryptoHasher('sha256').update(secret).digest('hex'));
    }
    expect(secrets.map((row) => row.sealed === null)).toEqual([true, false]);
  });
});
