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

interface Distribution {
  /** Its name. */
  file: string;
  bytes: Uint8Array;
}

/** Uploads one file after another of a Python package, each a version of its own, as twine sends them. */
const twine =
  (
    kind: 'pypi' | 'sdist',
    make: (name: string, version: string, content: Buffer) => Distribution | Promise<Distribution>,
  ) =>
  (name: string): Writer =>
  async (scene) => {
    const { ledger, random } = scene;
    const url = `${packagesOf(scene)}/pypi`;
    while (!scene.stopped()) {
      const version = `1.0.${fresh()}`;
      const made = await make(name, version, randomBytes(Math.floor(random() * 500_000)));
      if (!(await ask(scene, url, { method: 'POST', headers: AUTH, body: uploadForm(name, version, made) }))) return;
      const digest = sha256(made.bytes);
      ledger.acknowledged.push({ kind, index: `${url}/simple/${name}/`, file: made.file, digest });
    }
  };

export const pypi = twine('pypi', (name, version, content) =>
  wheel(name, version, { more: [{ name: 'data.bin', content, stored: true }] }),
);

export const sdists = twine('sdist', async (name, version, content) => {
  const folder = `${name}-${version}`;
  const bytes = await tarball([
    { name: `${folder}/PKG-INFO`, content: metadataOf(name, version) },
    { name: `${folder}/data.bin`, content },
  ]);
  return { file: `${folder}.tar.gz`, bytes };
});

type Put = (path: string, body: string | Uint8Array<ArrayBuffer>) => Promise<Response | null>;

/** The files that `mvn deploy` sends for an artifact. */
const intoFolder = (scene: Scene, artifact: string): { folder: string; put: Put } => {
  const folder = `${packagesOf(scene)}/maven/com/example/${artifact}`;
  return { folder, put: (path, body) => ask(scene, `${folder}/${path}`, { method: 'PUT', headers: AUTH, body }) };
};

/**
 * Puts a file of random bytes, then its digest. @param came is called when the file is acknowledged. @returns whether
 * both were.
 */
async function putWithDigest({ random }: Scene, put: Put, path: string, came: (digest: string) => void) {
  const body = randomBytes(1 + Math.floor(random() * 300_000));
  if (!(await put(path, new Uint8Array(body)))) return null;
  came(sha256(body));
  return put(`${path}.sha1`, createHash('sha1').update(body).digest('hex'));
}

/**
 * Deploys one version after another, as `mvn deploy` sends them: each file, then its digest, and the list of versions.
 */
export const maven =
  (artifact: string): Writer =>
  async (scene) => {
    const { folder, put } = intoFolder(scene, artifact);
    while (!scene.stopped()) {
      const version = `1.0.${fresh()}`;
      for (const suffix of ['jar', 'pom']) {
        const file = `${artifact}-${version}.${suffix}`;
        const came = (digest: string) =>
          scene.ledger.acknowledged.push({ kind: 'maven', folder, version, file, digest });
        if (!(await putWithDigest(scene, put, `${version}/${file}`, came))) return;
      }
      const list = `<metadata><groupId>com.example</groupId><artifactId>${artifact}</artifactId></metadata>`;
      if (!(await put('maven-metadata.xml', list))) return;
    }
  };

/**
 * Deploys one build of a snapshot after another, as `mvn deploy` sends them: its files are those of a release, but for
 * their names.
 */
export const snapshots = (artifact: string): Writer => {
  // Builds are counted up by who deploys them.
  let number = 0;
  return async (scene) => {
    const { folder, put } = intoFolder(scene, artifact);
    const version = '1.0-SNAPSHOT';
    while (!scene.stopped()) {
      number += 1;
      const stamp = new Date().toISOString().slice(0, 19).replace('T', '.').replaceAll(/[-:]/g, '');
      for (const suffix of ['jar', 'pom']) {
        const file = `${artifact}-1.0-${stamp}-${number}.${suffix}`;
        const build = { folder, version, file, number };
        const came = (digest: string) => scene.ledger.acknowledged.push({ kind: 'snapshot', ...build, digest });
        if (!(await putWithDigest(scene, put, `${version}/${file}`, came))) return;
      }
      // Their contents are up to the server.
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
