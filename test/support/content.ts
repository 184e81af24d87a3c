import type { Group } from '../../src/domain/groups/groups.ts';
import type { Project } from '../../src/domain/projects/projects.ts';
import { npmTarball, publication } from './npm-tarball.ts';
import { createRegistryClient, imageManifest, indexOf, sha256 } from './registry.ts';
import type { TestServer } from './server.ts';
import { uploadForm, wheel } from './wheel.ts';

/** Images, one of them for two platforms, and packages of some types. */
export async function furnishContent(server: TestServer, group: Group, engine: Project): Promise<void> {
  const scopes = ['read_registry', 'write_registry', 'write_package_registry'];
  const token = await server.seed.deployToken(group, { name: 'furniture', scopes });
  await pushImages(server, engine, { username: token.username, secret: token.secret });
  await publishPackages(server, engine, token.secret);
}

async function pushImages(server: TestServer, engine: Project, login: { username: string; secret: string }) {
  const registry = createRegistryClient({
    fetch: (path, init) => fetch(`${server.url}${path}`, init),
  });
  for (const name of ['mill', 'store/a-part-of-it-with-a-name-that-is-rather-long']) {
    const image = `${engine.full_path}/${name}`;
    const headers = await registry.signIn(login, `repository:${image}:pull,push`);
    const push = async (architecture: string, tag?: string) => {
      const config = await registry.pushBlob(headers, image, JSON.stringify({ architecture, os: 'linux' }));
      const layer = await registry.pushBlob(headers, image, architecture.repeat(200_000));
      const manifest = JSON.stringify(
        imageManifest({ ...config, mediaType: 'application/vnd.oci.image.config.v1+json' }, [
          { ...layer, mediaType: 'application/vnd.oci.image.layer.v1.tar' },
        ]),
      );
      const answer = await registry.putManifest(headers, image, tag ?? sha256(manifest), manifest);
      const digest = answer.headers.get('docker-content-digest') ?? '';
      const mediaType = 'application/vnd.oci.image.manifest.v1+json';
      return { mediaType, digest, size: manifest.length, platform: { os: 'linux', architecture } };
    };
    // Nothing names it any more but its digest.
    await push('s390x');
    for (const reference of ['v1.0.0', 'latest']) await push('amd64', reference);
    const both = indexOf([await push('amd64', 'v1.1.0-amd64'), await push('arm64', 'v1.1.0-arm64')]);
    await registry.putManifest(headers, image, 'v1.1.0', both, both.mediaType);
  }
}

const CARDS = `# Cards

Reads them **in order**, one a time.

\`\`\`js
import { punch } from '@analytical/cards';
\`\`\`

- [How to punch](https://example.com/punch)
`;

async function send(address: string, init: RequestInit): Promise<void> {
  const { status } = await fetch(address, init);
  if (status >= 300) throw new Error(`${address} was answered ${status}`);
}

async function publishPackages(server: TestServer, engine: Project, secret: string): Promise<void> {
  const api = `${server.url}/api/v4/projects/${engine.id}/packages`;
  const headers = { 'Deploy-Token': secret };
  for (const version of ['1.0.0', '1.1.0', '2.0.0-rc.1']) {
    const manifest = {
      name: '@analytical/cards',
      version,
      description: 'Punches and reads cards',
      license: 'MIT',
      homepage: 'https://example.com/cards',
      dependencies: { loom: '^1.0.0', thread: '2.x' },
      readme: CARDS,
    };
    const body = JSON.stringify(publication(manifest, await npmTarball(manifest, 'exports.punch = 1')));
    const json = { ...headers, 'Content-Type': 'application/json' };
    await send(`${api}/npm/@analytical%2fcards`, { method: 'PUT', headers: json, body });
  }
  const form = uploadForm('weaving', '1.0', wheel('weaving', '1.0'), {
    summary: 'Algebraic patterns',
    license: 'MIT',
    home_page: 'https://example.com/weaving',
    description: 'Weaves patterns.\n\nIn plain words.',
    requires_dist: 'six',
  });
  await send(`${api}/pypi`, { method: 'POST', headers, body: form });
  const file = 'a-file-with-a-name-that-is-longer-than-one-would-think-useful.tar.gz';
  for (const version of ['0.9', '1.0'])
    await send(`${api}/generic/difference-tables/${version}/${file}`, {
      method: 'PUT',
      headers,
      body: 'x'.repeat(3e5),
    });
}
