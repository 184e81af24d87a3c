import { randomBytes } from 'node:crypto';
import { privateToken } from '../support/app.ts';
import { npmTarball, publication } from '../support/npm-tarball.ts';
import { sha256 } from '../support/registry.ts';
import { ROOT_TOKEN } from '../support/server.ts';
import { ask, type Writer } from './writers.ts';

export const AUTH = privateToken(ROOT_TOKEN);

/** Publishes one version after another of an npm package, as `npm publish` sends them. */
export const npm =
  (name: string): Writer =>
  async (scene) => {
    const { server, projectPath, ledger, random } = scene;
    const url = `${server.url}/api/v4/projects/${encodeURIComponent(projectPath)}/packages/npm/${name}`;
    while (!scene.stopped()) {
      const version = `1.0.0-${crypto.randomUUID()}`;
      const tarball = await npmTarball(
        { name, version },
        randomBytes(Math.floor(random() * 200_000)).toString('base64'),
      );
      const document = publication({ name, version }, tarball);
      const body = JSON.stringify(document);
      const headers = { ...AUTH, 'Content-Type': 'application/json' };
      if (!(await ask(scene, url, { method: 'PUT', headers, body }))) return;
      const { integrity } = document.versions[version]?.dist ?? {};
      if (integrity === undefined) throw new Error('a publication without an integrity');
      ledger.acknowledged.push({ kind: 'npm', url, name, version, integrity });
    }
  };

/** Puts generic files, each a version of its own. */
export const generic: Writer = async (scene) => {
  const { server, projectPath, ledger, random } = scene;
  const base = `${server.url}/api/v4/projects/${encodeURIComponent(projectPath)}/packages/generic/soak`;
  while (!scene.stopped()) {
    const body = new Uint8Array(randomBytes(1 + Math.floor(random() * 1_500_000)));
    const url = `${base}/${crypto.randomUUID()}/file.bin`;
    if (!(await ask(scene, url, { method: 'PUT', headers: AUTH, body }))) return;
    ledger.acknowledged.push({ kind: 'file', url, digest: sha256(body) });
  }
};
