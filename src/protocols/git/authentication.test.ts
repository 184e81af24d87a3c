import { beforeAll, expect, test } from 'bun:test';
import { basic, startApp, type TestApp } from '../../../test/support/app.ts';
import { about } from '../../../test/support/decision-facts.ts';
import { onEachApp } from '../../../test/support/on-each-app.ts';
import { PASSWORD } from '../../../test/support/seed.ts';
import { decide } from '../../authz/decide.ts';
import type { Permission } from '../../authz/permissions.ts';
import type { Group } from '../../domain/groups/groups.ts';
import type { Project } from '../../domain/projects/projects.ts';
import { createAttempts } from '../../gate/attempts.ts';
import { authenticate } from '../../gate/authenticate.ts';
import { basicCredential } from '../../gate/credentials.ts';
import { createHashGate } from '../../gate/hash-gate.ts';
import { createLinks } from '../../http/links.ts';
import { DAY } from '../../lib/clock.ts';
import { gitProtocol } from './index.ts';

const ABILITIES: readonly Permission[] = [
  'download_code',
  'push_code',
  'read_container_image',
  'create_container_image',
  'read_package',
  'read_project',
  'read_deploy_token',
];

onEachApp('git authentication', (started, engine) => {
  let app: TestApp;
  let group: Group;
  let project: Project;
  beforeAll(async () => {
    app = await started;
    group = await app.seed.group();
    project = await app.seed.project(group);
  });

  /**
   * The permissions that a user name and password have on a project over git; null: they are not a valid credential.
   */
  const abilities = async (username: string, password: string, target = project, on = app) => {
    const { services } = on;
    const deps = {
      ...services,
      attempts: createAttempts(services.signInCounts, () => on.time.now),
      hashGate: createHashGate(),
    };
    const policy = { deployTokens: true, passwords: true, exactUsername: true };
    const who = await authenticate(deps, basicCredential(username, password), policy, {
      ip: '127.0.0.1',
      requestId: 'test',
    });
    if (!who.ok) return null;
    const facts = await services.access.project(target.id, who.actor.kind === 'user' ? who.actor.id : null);
    const code = decide(who.actor, 'download_code', about(facts));
    if (!code.allow && (code.reason === 'outside_reach' || code.reveal === 401)) return null;
    return { kind: who.actor.kind, may: ABILITIES.filter((ability) => decide(who.actor, ability, about(facts)).allow) };
  };

  test('the credential policy under test is that of the protocol', () => {
    const { credentials } = gitProtocol(
      app.services,
      createLinks(() => ''),
    );
    expect(credentials).toEqual({ deployTokens: true, passwords: true, exactUsername: true });
  });

  test('A132 a token with its user name may download from its project, and has no other permission', async () => {
    const token = await app.seed.deployToken(project);
    expect(await abilities(token.username, token.secret)).toEqual({ kind: 'deployToken', may: ['download_code'] });
  });

  test('A133 a custom user name works, A134 a wrong one does not, A136 an empty secret does not', async () => {
    const token = await app.seed.deployToken(project, { username: 'deployer' });
    expect((await abilities('deployer', token.secret))?.may).toEqual(['download_code']);
    expect(await abilities('Deployer', token.secret)).toBeNull();
    expect(await abilities(`gitlab+deploy-token-${token.id}`, token.secret)).toBeNull();
    expect(await abilities('deployer', '')).toBeNull();
  });

  test('A137 a token of another project is not a valid credential', async () => {
    const token = await app.seed.deployToken(await app.seed.project(group));
    expect(await abilities(token.username, token.secret)).toBeNull();
  });

  test('A138 a revoked token is not a valid credential', async () => {
    const token = await app.seed.deployToken(project);
    const owner = { kind: 'project', id: project.id, path: project.full_path } as const;
    await app.services.deployTokens.revoke(owner, token.id, app.by);
    expect(await abilities(token.username, token.secret)).toBeNull();
  });

  test('A140 a user and a token with the same name: the secret decides; A141 the password authenticates the user', async () => {
    const user = await app.seed.user({ username: 'same-name', password: PASSWORD, admin: true });
    const token = await app.seed.deployToken(project, { username: user.username });
    expect((await abilities('same-name', token.secret))?.kind).toBe('deployToken');
    const asUser = await abilities('same-name', PASSWORD);
    expect(asUser).toEqual({ kind: 'user', may: [...ABILITIES] });
  });

  test('A142 two tokens with one user name in a project: each authenticates as itself', async () => {
    const code = await app.seed.deployToken(project, { username: 'twice' });
    const images = await app.seed.deployToken(project, { username: 'twice', scopes: ['read_registry'] });
    expect((await abilities('twice', code.secret))?.may).toEqual(['download_code']);
    expect((await abilities('twice', images.secret))?.may).toEqual(['read_container_image']);
  });

  test('A144 tokens with one user name work on their own projects, A145 and not on the other project', async () => {
    const other = await app.seed.project(group);
    const here = await app.seed.deployToken(project, { username: 'both' });
    const there = await app.seed.deployToken(other, { username: 'both' });
    expect((await abilities('both', here.secret, project))?.may).toEqual(['download_code']);
    expect((await abilities('both', there.secret, other))?.may).toEqual(['download_code']);
    expect(await abilities('both', here.secret, other)).toBeNull();
    expect(await abilities('both', there.secret, project)).toBeNull();
  });

  test('A146 a group token has its scopes on the projects of the group', async () => {
    const token = await app.seed.deployToken(group, { scopes: ['read_repository', 'read_registry'] });
    expect((await abilities(token.username, token.secret))?.may).toEqual(['download_code', 'read_container_image']);
  });

  test('A148 read_registry may read images, A149 write_registry may create them', async () => {
    const reader = await app.seed.deployToken(project, { scopes: ['read_registry'] });
    const writer = await app.seed.deployToken(project, { scopes: ['write_registry'] });
    expect((await abilities(reader.username, reader.secret))?.may).toEqual(['read_container_image']);
    expect((await abilities(writer.username, writer.secret))?.may).toEqual(['create_container_image']);
  });

  test('A150 a token with only registry scopes is not a valid credential while the registry is disabled', async () => {
    await using off = await startApp(engine, { POSTERN_REGISTRY: 'off' });
    const there = await off.seed.project(await off.seed.group());
    const images = await off.seed.deployToken(there, { scopes: ['read_registry', 'write_registry'] });
    const code = await off.seed.deployToken(there, { scopes: ['read_repository', 'read_registry'] });
    expect(await abilities(images.username, images.secret, there, off)).toBeNull();
    expect((await abilities(code.username, code.secret, there, off))?.may).toEqual(['download_code']);
    const refused = await off.fetch(`/${there.full_path}.git/info/refs?service=git-upload-pack`, {
      headers: basic(images.username, images.secret),
    });
    expect(refused.status).toBe(401);
  });

  test('A152 a token is not a valid credential on a project whose repository is disabled', async () => {
    const closed = await app.seed.project(group);
    const token = await app.seed.deployToken(closed, { scopes: ['read_registry'] });
    await app.db.updateTable('projects').set({ repository_enabled: 0 }).where('id', '=', closed.id).execute();
    expect(await abilities(token.username, token.secret, closed)).toBeNull();
  });

  test('A153 a registry token with a wrong name, or a wrong, empty or unrelated secret is not a valid credential', async () => {
    const token = await app.seed.deployToken(project, { scopes: ['read_registry'] });
    const unrelated = await app.seed.deployToken(project);
    expect(await abilities('someone', token.secret)).toBeNull();
    expect(await abilities(token.username, 'gldt-wrong')).toBeNull();
    expect(await abilities(token.username, '')).toBeNull();
    expect(await abilities(token.username, unrelated.secret)).toBeNull();
  });

  test('A154 an empty user name and password are not a valid credential', async () => {
    expect(await abilities('nobody', 'nothing at all')).toBeNull();
  });

  test('A156 a token that expires tomorrow works today and not tomorrow', async () => {
    const tomorrow = new Date(app.time.now + DAY).toISOString().slice(0, 10);
    const token = await app.seed.deployToken(project, { expiresAt: tomorrow });
    expect((await abilities(token.username, token.secret))?.may).toEqual(['download_code']);
    app.time.now += DAY;
    expect(await abilities(token.username, token.secret)).toBeNull();
    app.time.now -= DAY;
  });
});
