import { createClient } from '../../support/client.ts';
import { makeRepository } from '../../support/git.ts';
import { npmTarball, publication } from '../../support/npm-tarball.ts';
import { sha256 } from '../../support/registry.ts';
import { uploadForm, wheel } from '../../support/wheel.ts';
import type { Case, Cases, Sent, World } from './world.ts';

const NPM = '/api/v4/projects/:id/packages/npm';
const TAG = '-/package/:package/dist-tags/:tag';

/** A tag of a package at each level of addresses. On the instance its scope names the group. */
const aTag =
  (method: 'PUT' | 'DELETE'): Case =>
  async (world) => {
    const project = await world.newProject();
    const name = `@${world.group.path}/${project.path}`;
    const manifest = { name, version: '1.0.0' };
    const body = JSON.stringify(publication(manifest, await npmTarball(manifest), { tag: 'stable' }));
    const address = `/api/v4/projects/${project.id}/packages/npm/${name.replace('/', '%2f')}`;
    const published = await world.app.fetch(address, { method: 'PUT', headers: world.byToken, body });
    if (!published.ok) throw new Error(`npm: ${published.status}`);
    const on = { ...world.named, ...world.inProject(project) };
    const values = { package: name, tag: method === 'PUT' ? 'next' : 'stable' };
    return { headers: world.byToken, on, values, ...(method === 'PUT' ? { body: '"1.0.0"' } : {}) };
  };

const PACKAGES: Cases = {
  'PUT /api/v4/projects/:id/packages/generic/:name/:version/:file': async (world) => ({
    headers: world.byToken,
    on: world.inProject(await world.newProject()),
    values: { name: 'widget', version: '1.0', file: 'file.bin' },
    body: 'some bytes',
  }),
  'PUT /api/v4/projects/:id/packages/maven/:path': async (world) => ({
    headers: world.byToken,
    on: world.inProject(await world.newProject()),
    values: { path: 'com/example/widget/1.0/widget-1.0.jar' },
    body: 'some bytes',
  }),
  [`PUT ${NPM}/:package`]: async (world) => {
    const manifest = { name: 'widget', version: '1.0.0' };
    const body = JSON.stringify(publication(manifest, await npmTarball(manifest)));
    return {
      headers: world.byToken,
      on: world.inProject(await world.newProject()),
      values: { package: 'widget' },
      body,
    };
  },
  [`PUT ${NPM}/:package/-rev/:rev`]: async (world) => {
    const { on, rev } = await world.published('npm');
    const body = JSON.stringify({ versions: { '0.0.1': {} } });
    return { headers: world.byToken, on, values: { package: 'widget', rev }, body };
  },
  [`DELETE ${NPM}/:package/-rev/:rev`]: async (world) => {
    const { on, rev } = await world.published('npm');
    return { headers: world.byToken, on, values: { package: 'widget', rev } };
  },
  [`DELETE ${NPM}/:package/-/:file/-rev/:rev`]: async (world) => {
    const { on, rev } = await world.published('npm');
    return { headers: world.byToken, on, values: { package: 'widget', file: 'widget-1.0.0.tgz', rev } };
  },
  ...Object.fromEntries(
    ['/api/v4/projects/:id/packages/npm', '/api/v4/groups/:id/-/packages/npm', '/api/v4/packages/npm'].flatMap((root) =>
      (['PUT', 'DELETE'] as const).map((method) => [`${method} ${root}/${TAG}`, aTag(method)]),
    ),
  ),
  'POST /api/v4/projects/:id/packages/pypi': async (world) => ({
    headers: world.byToken,
    on: world.inProject(await world.newProject()),
    body: uploadForm('widget', '1.0', wheel('widget', '1.0')),
  }),
  'PUT /api/v4/projects/:id/packages/pypi/:name/:version/yank': async (world) => {
    const { on } = await world.published('pypi');
    return { headers: world.byToken, on, values: { name: 'widget', version: '1.0.0' } };
  },
  'DELETE /api/v4/projects/:id/packages/pypi/:name/:version/yank': async (world) => {
    const { on, project } = await world.published('pypi');
    const address = `/api/v4/projects/${project.id}/packages/pypi/widget/1.0.0/yank`;
    await world.app.fetch(address, { method: 'PUT', headers: world.byToken });
    return { headers: world.byToken, on, values: { name: 'widget', version: '1.0.0' } };
  },
};

const newImage = async (world: World): Promise<Sent> => {
  const { project, headers: _, ...rest } = await world.pushed();
  const name = `${project.full_path}/${world.next()}`;
  const login = { username: world.admin.username, secret: world.admin.token };
  const headers = await world.registry.signIn(login, `repository:${name}:pull,push`);
  return { headers, on: rest.on, values: { name } };
};

const REGISTRY: Cases = {
  'POST /v2/:name/blobs/uploads': newImage,
  'POST /v2/:name/blobs/uploads/': async (world) => ({
    ...(await newImage(world)),
    query: `digest=${sha256('a blob')}`,
    body: 'a blob',
  }),
  'POST /v2/:name/blobs/uploads/ # mount': async (world) => {
    const { on, project, name: from, headers: source } = await world.pushed();
    const { digest } = await world.registry.pushBlob(source, from, world.next());
    const name = `${project.full_path}/${world.next()}`;
    const login = { username: world.admin.username, secret: world.admin.token };
    const headers = await world.registry.signIn(login, `repository:${name}:pull,push`, `repository:${from}:pull`);
    return { headers, on, values: { name }, query: new URLSearchParams({ mount: digest, from }).toString() };
  },
  'PUT /v2/:name/blobs/uploads/:upload': async (world) => {
    const { on, name, headers } = await world.pushed();
    const begun = await world.app.fetch(`/v2/${name}/blobs/uploads/`, { method: 'POST', headers });
    const upload = (begun.headers.get('location') ?? '').split('/').at(-1) ?? '';
    const body = world.next();
    await world.app.fetch(`/v2/${name}/blobs/uploads/${upload}`, { method: 'PATCH', headers, body });
    return { headers, on, values: { name, upload }, query: `digest=${sha256(body)}` };
  },
  'PUT /v2/:name/manifests/:reference': async (world) => {
    const { on, name, headers, manifest } = await world.pushed();
    const type = { 'Content-Type': 'application/vnd.oci.image.manifest.v1+json' };
    const values = { name, reference: 'next' };
    return { headers: { ...headers, ...type }, on, values, body: JSON.stringify(manifest) };
  },
  'DELETE /v2/:name/manifests/:reference': async (world) => {
    const { on, name, headers, digest } = await world.pushed();
    return { headers, on, values: { name, reference: digest } };
  },
  'DELETE /v2/:name/tags/reference/:tag': async (world) => {
    const { on, name, headers } = await world.pushed();
    return { headers, on, values: { name, tag: 'stable' } };
  },
  'DELETE /v2/:name/blobs/:digest': async (world) => {
    const { on, name, headers } = await world.pushed();
    const { digest } = await world.registry.pushBlob(headers, name, world.next());
    return { headers, on, values: { name, digest } };
  },
};

const LFS = { 'Content-Type': 'application/vnd.git-lfs+json', Accept: 'application/vnd.git-lfs+json' };

const GIT: Cases = {
  'POST /:repo/git-receive-pack': async (world) => {
    using client = createClient();
    const cwd = await makeRepository(client, 'source');
    const head = (await client.ok(['git', 'rev-parse', 'main'], { cwd })).stdout.trim();
    const line = `${'0'.repeat(40)} ${head} refs/heads/main\0 report-status side-band-64k`;
    const command = `${(line.length + 4).toString(16).padStart(4, '0')}${line}0000`;
    await client.ok(['sh', '-c', 'git pack-objects --all --stdout -q </dev/null >pack'], { cwd });
    const body = Buffer.concat([Buffer.from(command), await Bun.file(`${cwd}/pack`).bytes()]);
    const headers = { ...world.byPassword, 'Content-Type': 'application/x-git-receive-pack-request' };
    return { headers, on: world.inProject(await world.newProject()), body };
  },
  'PUT /:repo/gitlab-lfs/objects/:oid/:size': async (world) => {
    const body = world.next();
    const values = { oid: sha256(body).slice('sha256:'.length), size: body.length };
    return { headers: world.byPassword, on: world.inProject(await world.newProject()), values, body };
  },
  'POST /:repo/info/lfs/locks': async (world) => ({
    headers: { ...world.byPassword, ...LFS },
    on: world.inProject(await world.newProject()),
    body: JSON.stringify({ path: 'a.bin' }),
  }),
  'POST /:repo/info/lfs/locks/:id/unlock': async (world) => {
    const project = await world.newProject();
    const other = await world.seed.member(project, 'developer');
    const wanted = { path: 'a.bin', ref: null };
    const { lock } = await world.services.lfsLocks.create(project.id, other.id, wanted, world.by);
    const body = JSON.stringify({ force: true });
    const headers = { ...world.byPassword, ...LFS };
    return { headers, on: world.inProject(project), values: { id: lock.id }, body };
  },
};

export const CLIENTS: Cases = { ...PACKAGES, ...REGISTRY, ...GIT };
