import type { CredentialRef } from '../../../src/domain/access/credential-ref.ts';
import type { Group } from '../../../src/domain/groups/groups.ts';
import type { Project } from '../../../src/domain/projects/projects.ts';
import { basic, privateToken, startApp } from '../../support/app.ts';
import { createRegistryClient, imageManifest } from '../../support/registry.ts';
import type { Named } from '../../support/row-address.ts';
import { PASSWORD } from '../../support/seed.ts';
import { pagesOf } from '../../support/signed-in.ts';
import { SAMPLES } from '../package-samples/contract.ts';
import { ask, type Published } from '../package-samples/sample.ts';

/** A request that changes something when nothing prevents it. */
export interface Sent {
  /** The values of parameters in the address. */
  values?: Readonly<Record<string, string | number>>;
  /** The project or group, where it is not that of the world. */
  on?: Partial<Named>;
  query?: string;
  headers?: Record<string, string>;
  body?: RequestInit['body'];
}

/** Makes what a row changes, and the request to it. */
export type Case = (world: World) => Sent | Promise<Sent>;

/** Cases by row: its method, and its path without the patterns of its parameters. */
export type Cases = Readonly<Record<string, Case>>;

export type World = Awaited<ReturnType<typeof createWorld>>;

/** The caller is an administrator in all cases, so that nothing but the end of the credential prevents a change. */
export async function createWorld() {
  const app = await startApp('sqlite');
  const { seed, services, by } = app;
  const admin = await seed.user({ admin: true, password: PASSWORD });
  const group = await seed.group();
  const project = await seed.project(group);
  const byToken = privateToken(admin.token);
  const registry = createRegistryClient(app);
  const credential: CredentialRef = { kind: 'user', id: admin.id };
  let count = 0;

  const inProject = (made: Project): Partial<Named> => ({ projectId: made.id, projectPath: made.full_path });
  const inGroup = (made: Group): Partial<Named> => ({ groupId: made.id, groupPath: made.full_path });

  return {
    app,
    seed,
    services,
    by,
    admin,
    byToken,
    credential,
    registry,
    inProject,
    inGroup,
    group,
    named: { groupId: group.id, groupPath: group.full_path, projectId: project.id, projectPath: project.full_path },
    /** A name that nothing has yet. */
    next: () => `made${++count}`,
    newProject: () => seed.project(group),
    byPassword: basic(admin.username, admin.token),

    /** A form of a page, sent by a browser that has just signed in. */
    async form(fields: Record<string, string> = {}): Promise<Pick<Sent, 'headers' | 'body'> & { token: string }> {
      const { cookie, token } = await pagesOf(app).signIn(admin.username);
      const type = { 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'text/html' };
      const body = new URLSearchParams({ authenticity_token: token, ...fields }).toString();
      return { headers: { ...type, Origin: 'http://postern.test', Cookie: cookie }, body, token };
    },

    /** Publishes a package of a type in a new project. */
    async published(type: string, version = '1.0.0') {
      const made = await seed.project(group);
      const sample = SAMPLES.find((each) => each.type === type);
      if (!sample) throw new Error(`there is no sample of ${type}`);
      const what: Published = { project: made.id, name: 'widget', version, content: 'some bytes' };
      const answer = await ask(app, sample.publish(what), byToken);
      if (!answer.ok) throw new Error(`${type}: ${answer.status} ${await answer.text()}`);
      const packages = app.db.selectFrom('packages').where('project_id', '=', made.id);
      const { id, revision } = await packages.select(['id', 'revision']).executeTakeFirstOrThrow();
      const versions = app.db.selectFrom('package_versions').where('package_id', '=', id);
      const { id: versionId } = await versions.select('id').executeTakeFirstOrThrow();
      const files = app.db.selectFrom('package_files').where('version_id', '=', versionId);
      const { id: fileId } = await files.select('id').executeTakeFirstOrThrow();
      return { project: made, on: inProject(made), rev: `${revision}-${id}`, versionId, fileId };
    },

    /** An image with one tag, in a new project; and a bearer token for it. */
    async pushed() {
      const made = await seed.project(group);
      const name = `${made.full_path}/app`;
      const login = { username: admin.username, secret: admin.token };
      const headers = await registry.signIn(login, `repository:${name}:pull,push,delete`);
      const config = await registry.pushBlob(headers, name, '{}');
      const type = 'application/vnd.oci.image.config.v1+json';
      const manifest = imageManifest({ ...config, mediaType: type }, []);
      const answer = await registry.putManifest(headers, name, 'stable', manifest);
      const { id } = await app.db
        .selectFrom('images')
        .select('id')
        .where('project_id', '=', made.id)
        .executeTakeFirstOrThrow();
      const digest = answer.headers.get('docker-content-digest') ?? '';
      return { project: made, on: inProject(made), name, headers, id, digest, manifest };
    },
  };
}
