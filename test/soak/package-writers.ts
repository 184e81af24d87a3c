import { createHash, randomBytes } from 'node:crypto';
import { privateToken } from '../support/app.ts';
import { npmTarball, publication, tarball } from '../support/npm-tarball.ts';
import { sha256 } from '../support/registry.ts';
import { ROOT_TOKEN } from '../support/server.ts';
import { metadataOf, uploadForm, wheel } from '../support/wheel.ts';
import { ask, type Scene, type Writer } from './writers.ts';

export const AUTH = privateToken(ROOT_TOKEN);

const packagesOf = ({ server, projectPath }: Scene) =>
  `${server.url}/api/v4/projects/${encodeURIComponent(projectPath)}/packages`;

/** Publishes one version after another of an npm package, as `npm publish` sends them. */
export const npm =
  (name: string): Writer =>
  async (scene) => {
    const { ledger, random } = scene;
    const url = `${packagesOf(scene)}/npm/${name}`;
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

/** A number that none before it was. */
const fresh = () => BigInt(`0x${randomBytes(7).toString('hex')}`);

/** Uploads one wheel after another of a Python package, each a version of its own, as twine sends them. */
export const pypi =
  (name: string): Writer =>
  async (scene) => {
    const { ledger, random } = scene;
    const url = `${packagesOf(scene)}/pypi`;
    while (!scene.stopped()) {
      const version = `1.0.${fresh()}`;
      const content = randomBytes(Math.floor(random() * 500_000));
      const made = wheel(name, version, { more: [{ name: 'data.bin', content, stored: true }] });
      if (!(await ask(scene, url, { method: 'POST', headers: AUTH, body: uploadForm(name, version, made) }))) return;
      const digest = sha256(made.bytes);
      ledger.acknowledged.push({ kind: 'pypi', index: `${url}/simple/${name}/`, file: made.file, digest });
    }
  };

/** Uploads one source distribution after another, each a version of its own, as twine sends them. */
export const sdists =
  (name: string): Writer =>
  async (scene) => {
    const { ledger, random } = scene;
    const url = `${packagesOf(scene)}/pypi`;
    while (!scene.stopped()) {
      const version = `1.0.${fresh()}`;
      const folder = `${name}-${version}`;
      const bytes = await tarball([
        { name: `${folder}/PKG-INFO`, content: metadataOf(name, version) },
        { name: `${folder}/data.bin`, content: randomBytes(Math.floor(random() * 500_000)) },
      ]);
      const made = { file: `${folder}.tar.gz`, bytes };
      if (!(await ask(scene, url, { method: 'POST', headers: AUTH, body: uploadForm(name, version, made) }))) return;
      ledger.acknowledged.push({
        ...{ kind: 'sdist', index: `${url}/simple/${name}/`, file: made.file },
        digest: sha256(bytes),
      });
    }
  };

/** Deploys one version after another, as `mvn deploy` sends them: each file, then its digest, and the list of versions. */
export const maven =
  (artifact: string): Writer =>
  async (scene) => {
    const { ledger, random } = scene;
    const folder = `${packagesOf(scene)}/maven/com/example/${artifact}`;
    const put = (path: string, body: string | Uint8Array<ArrayBuffer>) =>
      ask(scene, `${folder}/${path}`, { method: 'PUT', headers: AUTH, body });
    while (!scene.stopped()) {
      const version = `1.0.${fresh()}`;
      for (const suffix of ['jar', 'pom']) {
        const [file, body] = [`${artifact}-${version}.${suffix}`, randomBytes(1 + Math.floor(random() * 300_000))];
        if (!(await put(`${version}/${file}`, new Uint8Array(body)))) return;
        ledger.acknowledged.push({ kind: 'maven', folder, version, file, digest: sha256(body) });
        const sha1 = createHash('sha1').update(body).digest('hex');
        if (!(await put(`${version}/${file}.sha1`, sha1))) return;
      }
      const list = `<metadata><groupId>com.example</groupId><artifactId>${artifact}</artifactId></metadata>`;
      if (!(await put('maven-metadata.xml', list))) return;
    }
  };

/** Deploys one build of a snapshot after another, as `mvn deploy` sends them: its files are those of a release, but for their names. */
export const snapshots = (artifact: string): Writer => {
  // Builds are counted up by who deploys them.
  let number = 0;
  return async (scene) => {
    const { ledger, random } = scene;
    const folder = `${packagesOf(scene)}/maven/com/example/${artifact}`;
    const version = '1.0-SNAPSHOT';
    const put = (path: string, body: string | Uint8Array<ArrayBuffer>) =>
      ask(scene, `${folder}/${path}`, { method: 'PUT', headers: AUTH, body });
    while (!scene.stopped()) {
      number += 1;
      const stamp = new Date().toISOString().slice(0, 19).replace('T', '.').replaceAll(/[-:]/g, '');
      for (const suffix of ['jar', 'pom']) {
        const body = randomBytes(1 + Math.floor(random() * 300_000));
        const file = `${artifact}-1.0-${stamp}-${number}.${suffix}`;
        if (!(await put(`${version}/${file}`, new Uint8Array(body)))) return;
        ledger.acknowledged.push({ kind: 'snapshot', folder, version, file, number, digest: sha256(body) });
        const sha1 = createHash('sha1').update(body).digest('hex');
        if (!(await put(`${version}/${file}.sha1`, sha1))) return;
      }
      // What they tell is the server's own to know.
      for (const path of [`${version}/maven-metadata.xml`, 'maven-metadata.xml'])
        if (!(await put(path, '<metadata/>'))) return;
    }
  };
};

/** Puts generic files, each a version of its own. */
export const generic: Writer = async (scene) => {
  const { ledger, random } = scene;
  const base = `${packagesOf(scene)}/generic/soak`;
  while (!scene.stopped()) {
    const body = new Uint8Array(randomBytes(1 + Math.floor(random() * 1_500_000)));
    const url = `${base}/${crypto.randomUUID()}/file.bin`;
    if (!(await ask(scene, url, { method: 'PUT', headers: AUTH, body }))) return;
    ledger.acknowledged.push({ kind: 'file', url, digest: sha256(body) });
  }
};
