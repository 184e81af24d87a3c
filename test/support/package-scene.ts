import type { Engine } from '../../src/store/db/database.ts';
import { startApp } from './app.ts';
import { npmTarball, publication } from './npm-tarball.ts';

export type PackageScene = Awaited<ReturnType<typeof packageScene>>;

/**
 * The server with a private project and a token that may publish there: what attacks on the package types begin with.
 */
export async function packageScene(engine: Engine) {
  const app = await startApp(engine);
  const group = await app.seed.group();
  const project = await app.seed.project(group);
  const token = await app.seed.deployToken(project, { scopes: ['write_package_registry'] });
  const base = `/api/v4/projects/${project.id}/packages`;
  const send = (method: string, path: string, body: RequestInit['body'] = null, headers: Record<string, string> = {}) =>
    app.fetch(`${base}/${path}`, { method, headers: { 'Deploy-Token': token.secret, ...headers }, body });
  return {
    app,
    group,
    project,
    token,
    base,
    send,
    get: (path: string, headers: Record<string, string> = {}) => send('GET', path, null, headers),
    /** Publishes with npm; `bytes` in place of an archive that is as it should be. */
    publishNpm: async (manifest: { name: string; version: string } & Record<string, unknown>, bytes?: Uint8Array) =>
      send(
        'PUT',
        `npm/${manifest.name.replace('/', '%2f')}`,
        JSON.stringify(publication(manifest, bytes ?? (await npmTarball(manifest)))),
      ),
    /** How many packages the server has. */
    count: async () => (await app.db.selectFrom('packages').select('id').execute()).length,
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  };
}
