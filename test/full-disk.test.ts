import { expect, test } from 'bun:test';
import { mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { basic, startApp, type TestApp } from './support/app.ts';
import { onEachEngine } from './support/engines.ts';
import { createRegistryClient, imageManifest, sha256 } from './support/registry.ts';

const MiB = 1024 * 1024;

/** A disk of its own, and a small one. Null where nobody may mount one: it takes root. */
function mountDisk() {
  const folder = mkdtempSync('/tmp/postern-disk-');
  const mounted = Bun.spawnSync(['mount', '-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', folder]).exitCode === 0;
  if (!mounted) rmSync(folder, { recursive: true });
  return mounted ? folder : null;
}

function unmount(folder: string): void {
  Bun.spawnSync(['umount', folder]);
  rmSync(folder, { recursive: true, force: true });
}

const canMount = (() => {
  const folder = mountDisk();
  if (folder !== null) unmount(folder);
  return folder !== null;
})();
const onSmallDisk = canMount ? test : test.skip;
const why = canMount ? '' : ' (nothing can be mounted here: it takes root)';

async function startOnSmallDisk(engine: 'sqlite' | 'postgres') {
  const disk = mountDisk();
  if (disk === null) throw new Error('nothing can be mounted');
  const app = await startApp(engine, { POSTERN_DATA: disk });
  const project = await app.seed.project(await app.seed.group());
  const scopes = ['read_registry', 'write_registry', 'write_package_registry'];
  const token = await app.seed.deployToken(project, { scopes });
  const developer = await app.seed.member(project, 'maintainer');
  const headers = await createRegistryClient(app).signIn(token, `repository:${project.full_path}:pull,push`);
  return {
    app,
    project,
    token,
    developer,
    headers,
    disk,
    free: () => statfsSync(disk).bavail * statfsSync(disk).bsize,
    /** Whatever holds bytes of what was sent. */
    stored: () => ['blobs', 'images'].flatMap((store) => filesIn(join(disk, store))).toSorted(),
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]();
      unmount(disk);
    },
  };
}

const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

type World = Awaited<ReturnType<typeof startOnSmallDisk>>;

const send = (
  app: TestApp,
  method: string,
  path: string,
  headers: Record<string, string>,
  body: Uint8Array<ArrayBuffer>,
) => app.fetch(path, { method, headers, body });

/** Every way in for bytes, each with as many of them. */
const WAYS: Record<string, (world: World, bytes: Uint8Array<ArrayBuffer>) => Promise<Response>> = {
  'a blob of an image at once': ({ app, project, headers }, bytes) =>
    send(app, 'POST', `/v2/${project.full_path}/blobs/uploads/?digest=${sha256(bytes)}`, headers, bytes),
  'a blob of an image in a PUT': async ({ app, project, headers }, bytes) => {
    const begun = await app.fetch(`/v2/${project.full_path}/blobs/uploads/`, { method: 'POST', headers });
    const location = begun.headers.get('location') ?? '';
    const answer = await send(app, 'PUT', `${location}?digest=${sha256(bytes)}`, headers, bytes);
    // The session is unchanged and can be continued.
    if (answer.status === 507) {
      expect((await app.fetch(location, { headers })).headers.get('range')).toBe('0-0');
      await app.fetch(location, { method: 'DELETE', headers });
    }
    return answer;
  },
  'a generic package': ({ app, project, token }, bytes) =>
    send(
      app,
      'PUT',
      `/api/v4/projects/${project.id}/packages/generic/big/1.0/file.bin`,
      basic(token.username, token.secret),
      bytes,
    ),
  'a Maven artifact': ({ app, project, token }, bytes) =>
    send(
      app,
      'PUT',
      `/api/v4/projects/${project.id}/packages/maven/com/example/app/1.0/app-1.0.jar`,
      basic(token.username, token.secret),
      bytes,
    ),
  'an LFS object': ({ app, project, developer }, bytes) =>
    send(
      app,
      'PUT',
      `/${project.full_path}.git/gitlab-lfs/objects/${sha256(bytes).slice(7)}/${bytes.byteLength}`,
      { ...basic(developer.username, developer.token), 'Content-Type': 'application/octet-stream' },
      bytes,
    ),
};

const LS_REFS = '0014command=ls-refs\n0016object-format=sha10000';

/** The requests of `git clone`. */
function cloneOf({ app, project, developer }: World) {
  const headers = basic(developer.username, developer.token);
  const version2 = { ...headers, 'Git-Protocol': 'version=2' };
  const refs = `/${project.full_path}.git/info/refs?service=git-upload-pack`;
  return {
    /** Has the repository made, in a version of the protocol that asks nothing else. */
    make: async () => expect((await app.fetch(refs, { headers })).status).toBe(200),
    /** Of what git can do, and of the list of refs. */
    async statuses() {
      const list = await app.fetch(`/${project.full_path}.git/git-upload-pack`, {
        method: 'POST',
        headers: { ...version2, 'Content-Type': 'application/x-git-upload-pack-request' },
        body: LS_REFS,
      });
      return [(await app.fetch(refs, { headers: version2 })).status, list.status];
    },
  };
}

onEachEngine('a full disk', (engine) => {
  for (const [what, put] of Object.entries(WAYS)) {
    onSmallDisk(`${what} is refused with 507 and a sentence, and leaves nothing behind${why}`, async () => {
      await using world = await startOnSmallDisk(engine);
      const tooMuch = crypto.getRandomValues(Buffer.alloc(64 * 1024));
      const before = world.stored();
      const refused = await put(world, Buffer.concat(Array.from({ length: 512 }, () => tooMuch)));
      expect(refused.status).toBe(507);
      expect(refused.headers.get('retry-after')).toBe('60');
      expect(await refused.text()).toContain("The server's disk is full. Nothing was stored.");
      expect(world.stored()).toEqual(before);
      expect(world.free()).toBeGreaterThan(10 * MiB);
      const accepted = await put(world, Buffer.from(`enough room for ${what}`));
      expect([200, 201]).toContain(accepted.status);
    });
  }

  onSmallDisk(`what it has can be cloned, and the server says that it is not ready${why}`, async () => {
    await using world = await startOnSmallDisk(engine);
    const { app, disk, free } = world;
    const cloned = cloneOf(world);
    await cloned.make();
    writeFileSync(join(disk, 'filler'), Buffer.alloc(free() - 64 * 1024));
    expect(() => writeFileSync(join(disk, 'more'), Buffer.alloc(MiB))).toThrow('ENOSPC');
    expect(await cloned.statuses()).toEqual([200, 200]);
    expect((await app.fetch('/-/readiness')).status).toBe(503);
    for (const name of ['filler', 'more']) rmSync(join(disk, name));
    expect((await app.fetch('/-/readiness')).status).toBe(200);
  });

  // The database of PostgreSQL is on another disk.
  if (engine === 'postgres') {
    onSmallDisk(`a read-only disk is a 503 for what is stored, and what it has can be cloned${why}`, async () => {
      await using world = await startOnSmallDisk(engine);
      const { app, disk } = world;
      const cloned = cloneOf(world);
      await cloned.make();
      const remount = (how: string) => Bun.spawnSync(['mount', '-o', `remount,${how}`, disk]).exitCode;
      expect(remount('ro')).toBe(0);
      for (const what of ['a blob of an image at once', 'a generic package', 'an LFS object'])
        expect([what, (await WAYS[what]?.(world, Buffer.from('bytes')))?.status]).toEqual([what, 503]);
      expect(await cloned.statuses()).toEqual([200, 200]);
      expect((await app.fetch('/-/readiness')).status).toBe(503);
      expect(remount('rw')).toBe(0);
      expect((await app.fetch('/-/readiness')).status).toBe(200);
    });
    return;
  }
  onSmallDisk(
    `a manifest that the database has no room for is refused, and taken when there is some${why}`,
    async () => {
      await using world = await startOnSmallDisk(engine);
      const { app, project, headers, disk } = world;
      const { pushBlob, putManifest } = createRegistryClient(app);
      const config = await pushBlob(headers, project.full_path, '{}');
      const annotations = { filler: 'x'.repeat(3 * MiB) };
      const put = () => putManifest(headers, project.full_path, 'v1', imageManifest(config, [], { annotations }));
      writeFileSync(join(disk, 'filler'), Buffer.alloc(world.free() - MiB));
      const refused = await put();
      expect(refused.status).toBe(507);
      expect(await refused.json()).toMatchObject({ errors: [{ code: 'UNAVAILABLE' }] });
      const get = () => app.fetch(`/v2/${project.full_path}/manifests/v1`, { headers });
      expect((await get()).status).toBe(404);
      expect(await app.db.selectFrom('image_manifests').selectAll().execute()).toEqual([]);
      rmSync(join(disk, 'filler'));
      expect((await put()).status).toBe(201);
      expect((await get()).status).toBe(200);
    },
  );
});
