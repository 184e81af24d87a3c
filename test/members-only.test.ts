import { beforeAll, expect, test } from 'bun:test';
import type { Project } from '../src/domain/projects/projects.ts';
import { basic, privateToken, type TestApp } from './support/app.ts';
import { onEachApp } from './support/on-each-app.ts';
import { createRegistryClient, imageManifest } from './support/registry.ts';

/** The caller, with the headers of their requests to the API, git and packages. */
interface Caller {
  name: string;
  headers: Record<string, string>;
  /** Lists of the API, where deploy tokens are not taken. */
  lists: Record<string, string>;
}

onEachApp('features of a public project for its members alone', (started) => {
  let app: TestApp;
  let project: Project;
  let strangers: Caller[] = [];
  let members: Caller[] = [];
  let group = 0;

  beforeAll(async () => {
    app = await started;
    const above = await app.seed.group(null, { visibility: 'public' });
    group = above.id;
    project = await app.seed.project(above, { visibility: 'public' });
    const scopes = ['read_repository', 'read_registry', 'write_registry', 'write_package_registry'];
    const token = await app.seed.deployToken(project, { scopes });
    const elsewhere = await app.seed.deployToken(await app.seed.project(await app.seed.group()), { scopes });
    const user = await app.seed.user();
    const guest = await app.seed.member(project, 'guest');
    const reporter = await app.seed.member(project, 'reporter');
    const owner = await app.seed.member(above, 'owner');
    const person = (name: string, { username, token: secret }: typeof user): Caller => ({
      name,
      headers: basic(username, secret),
      lists: privateToken(secret),
    });
    strangers = [
      { name: 'nobody', headers: {}, lists: {} },
      { name: 'a token of elsewhere', headers: basic(elsewhere.username, elsewhere.secret), lists: {} },
      person('a user', user),
      person('a guest', guest),
    ];
    members = [
      { name: 'its token', headers: basic(token.username, token.secret), lists: privateToken(owner.token) },
      person('a reporter', reporter),
      person('the owner', owner),
    ];
    const client = createRegistryClient(app);
    const image = project.full_path;
    const push = await client.signIn(token, `repository:${image}:pull,push`);
    await client.putManifest(push, image, 'v1', imageManifest(await client.pushBlob(push, image, '{}'), []));
    await app.fetch(`/api/v4/projects/${project.id}/packages/generic/a/1.0/one`, {
      method: 'PUT',
      headers: basic(token.username, token.secret),
      body: 'one',
    });
  });

  const setAll = async (level: 'private' | 'enabled') => {
    const features = { repository: level, registry: level, packages: level };
    project = await app.services.projects.update(project, { features }, app.by);
  };

  /** The access of a caller to code, images and packages. */
  const outcome = async ({ headers, lists }: Caller) => {
    const status = async (path: string) => {
      const answer = (await app.fetch(path, { headers })).status;
      return [401, 403, 404].includes(answer) ? 'refused' : answer;
    };
    const listed = async (path: string) => {
      const answer = await app.fetch(path, { headers: lists });
      return answer.status === 200 ? ((await answer.json()) as unknown[]).length : 0;
    };
    return {
      code: await status(`/${project.full_path}.git/info/refs?service=git-upload-pack`),
      image: await status(`/v2/${project.full_path}/manifests/v1`),
      file: await status(`/api/v4/projects/${project.id}/packages/generic/a/1.0/one`),
      projectImages: await listed(`/api/v4/projects/${project.id}/registry/repositories`),
      projectPackages: await listed(`/api/v4/projects/${project.id}/packages`),
      groupImages: await listed(`/api/v4/groups/${group}/registry/repositories`),
      groupPackages: await listed(`/api/v4/groups/${group}/packages`),
    };
  };

  const EVERYTHING = {
    code: 200,
    image: 200,
    file: 200,
    projectImages: 1,
    projectPackages: 1,
    groupImages: 1,
    groupPackages: 1,
  };

  test('are its members’ and its tokens’, and nobody else’s', async () => {
    await setAll('private');
    for (const caller of members) expect([caller.name, await outcome(caller)]).toEqual([caller.name, EVERYTHING]);
    for (const caller of strangers) {
      const got = await outcome(caller);
      expect([caller.name, got]).toEqual([
        caller.name,
        {
          code: 'refused',
          image: 'refused',
          file: 'refused',
          projectImages: 0,
          projectPackages: 0,
          groupImages: 0,
          groupPackages: 0,
        },
      ]);
      expect((await app.fetch(`/api/v4/projects/${project.id}`, { headers: caller.lists })).status).toBe(200);
      expect((await app.fetch(`/${project.full_path}`)).status).toBe(200);
    }
  });

  test('are everyone’s again when they are opened', async () => {
    await setAll('enabled');
    for (const caller of [...members, ...strangers.filter(({ name }) => !name.includes('elsewhere'))]) {
      expect([caller.name, await outcome(caller)]).toEqual([caller.name, EVERYTHING]);
    }
  });
});
