import { afterAll, beforeAll } from 'bun:test';
import type { Engine } from '../../../src/store/db/database.ts';
import { startApp, type TestApp } from '../../support/app.ts';
import { onEachEngine } from '../../support/engines.ts';
import { generic } from './generic.ts';
import { maven } from './maven.ts';
import { npm } from './npm.ts';
import { pypi } from './pypi.ts';
import { ask, type PackageSample, type Published, projectPath } from './sample.ts';

export const SAMPLES: readonly PackageSample[] = [generic, maven, npm, pypi];

export const WRITE = ['write_package_registry'];
export const READ = ['read_package_registry'];
export const CHALLENGE = 'Basic realm="GitLab Packages Registry"';

export type World = Awaited<ReturnType<typeof createWorld>>;
export type Headers = Record<string, string>;

/** The context of the contract's tests. `app` and `world` are filled in before the first of them. */
export interface Contract {
  sample: PackageSample;
  engine: Engine;
  app: TestApp;
  world: World;
  /** Publishes the widget, but for what is said otherwise. */
  publish(what: Partial<Published>, headers: Headers): Promise<Response>;
  get(path: string, headers?: Headers, init?: RequestInit): Promise<Response>;
  /** The name of a package that is requested by this name. */
  fullName(name: string): string;
}

export const bearer = (token: { secret: string }): Headers => ({ Authorization: `Bearer ${token.secret}` });

/** Runs a part of the contract for every type of packages, on every engine, each in a world of its own. */
export function onEachPackageType(part: string, tests: (contract: Contract) => void): void {
  for (const sample of SAMPLES)
    onEachEngine(`${part}: ${sample.type}`, (engine) => {
      const app = {} as TestApp;
      const world = {} as World;
      beforeAll(async () => {
        Object.assign(app, await startApp(engine, { POSTERN_MAX_PACKAGE_SIZE: '1MiB' }));
        Object.assign(world, await createWorld(app, sample));
      });
      afterAll(() => app[Symbol.asyncDispose]());
      tests({
        sample,
        engine,
        app,
        world,
        publish: (what, headers) => ask(app, sample.publish({ ...world.there, ...what }), headers),
        get: (path, headers = {}, init = {}) => app.fetch(`/api/v4${path}`, { ...init, headers }),
        fullName: (name) => sample.fullName?.(name) ?? name,
      });
    });
}

async function createWorld(app: TestApp, sample: PackageSample) {
  const { seed } = app;
  const open = { visibility: 'public' } as const;
  const root = await seed.group(null, open);
  const middle = await seed.group(root, open);
  const group = await seed.group(middle, open);
  const project = await seed.project(group);
  const publicProject = await seed.project(group, { visibility: 'public' });
  const internalProject = await seed.project(group, { visibility: 'internal' });
  const archived = await seed.project(group);
  const disabled = await seed.project(group);
  const other = await seed.project(await seed.group());
  const sibling = await seed.group(root);
  const revoked = await seed.deployToken(project, { scopes: WRITE });
  await app.services.deployTokens.revoke(
    { kind: 'project', id: project.id, path: project.full_path },
    revoked.id,
    app.by,
  );
  const world = {
    root,
    middle,
    group,
    project,
    publicProject,
    internalProject,
    archived,
    disabled,
    other,
    there: { project: project.id, name: 'widget', version: '1.0.0', content: 'some bytes' },
    reader: await seed.deployToken(project, { scopes: READ }),
    writer: await seed.deployToken(project, { scopes: WRITE }),
    codeOnly: await seed.deployToken(project, { scopes: ['read_repository'] }),
    stranger: await seed.deployToken(other, { scopes: [...READ, ...WRITE] }),
    fromRoot: await seed.deployToken(root, { scopes: WRITE }),
    fromSibling: await seed.deployToken(sibling, { scopes: WRITE }),
    expired: await seed.deployToken(project, { scopes: WRITE, expiresAt: '2026-01-01' }),
    revoked,
    user: await seed.user(),
    guest: await seed.member(group, 'guest'),
    developer: await seed.member(group, 'developer'),
    maintainer: await seed.member(group, 'maintainer'),
    owner: await seed.member(group, 'owner'),
  };
  for (const { id } of [project, publicProject, internalProject, archived, disabled]) {
    const response = await ask(app, sample.publish({ ...world.there, project: id }), {
      'Deploy-Token': world.fromRoot.secret,
    });
    if (!response.ok) throw new Error(`${projectPath(id)}: ${response.status} ${await response.text()}`);
  }
  return world;
}
