import { expect } from 'bun:test';
import { checkBucket } from '../../src/domain/diagnostics/blobs.ts';
import { sha256Hex } from '../../src/lib/digest.ts';
import { Secret } from '../../src/lib/secret.ts';
import { createBucket } from '../../src/store/s3/bucket.ts';
import { createS3Client } from '../../src/store/s3/s3-client.ts';
import { basic, privateToken, startApp, type TestApp } from '../support/app.ts';
import { bucketSettings, CEPH_KEYS, freshBucket, needsCeph, settingsFor } from '../support/ceph.ts';
import { onEachEngine } from '../support/engines.ts';
import { npmTarball, publication } from '../support/npm-tarball.ts';
import { freePort } from '../support/postgres.ts';
import { codesOf, createRegistryClient, sha256 } from '../support/registry.ts';

const BYTES = new TextEncoder().encode('the bytes of a layer');
const DIGEST = sha256(BYTES);

/** A project with a blob in an image of its, and who may pull and push. */
async function pushed(app: TestApp) {
  const client = createRegistryClient(app);
  const project = await app.seed.project(await app.seed.group());
  const image = `${project.full_path}/app`;
  const token = await app.seed.deployToken(project, { scopes: ['read_registry', 'write_registry'] });
  const headers = await client.signIn(token, `repository:${image}:pull,push`);
  await client.pushBlob(headers, image, BYTES);
  const get = (more: Record<string, string> = {}, method = 'GET') =>
    app.fetch(`/v2/${image}/blobs/${DIGEST}`, { method, headers: { ...headers, ...more } });
  return { client, project, image, token, headers, get };
}

onEachEngine('blobs in S3', (engine) => {
  needsCeph('who may pull a blob is sent to the storage for it, and nobody else', async () => {
    await using app = await startApp(engine, await bucketSettings());
    const { client, image, token, get } = await pushed(app);
    const response = await get();
    expect([response.status, response.headers.get('cache-control'), await response.text()]).toEqual([
      307,
      'no-store',
      '',
    ]);
    const address = response.headers.get('location') ?? '';
    expect(address).not.toContain(token.secret);
    const there = await fetch(address);
    expect(sha256(await there.bytes())).toBe(DIGEST);
    expect(Object.fromEntries(there.headers)).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename="${DIGEST.replace(':', '-')}"`,
      'cache-control': 'private, max-age=31536000, immutable',
    });
    expect(await (await fetch(address, { headers: { Range: 'bytes=4-8' } })).text()).toBe('bytes');
    const other = address.replace(DIGEST.slice(7), sha256Hex('something else'));
    expect((await fetch(other)).status).toBe(403);
    expect((await fetch(address, { method: 'PUT', body: 'x' })).status).toBe(403);

    const head = await get({}, 'HEAD');
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(BYTES.length)]);
    expect((await get({ 'If-None-Match': `"${DIGEST}"` })).status).toBe(304);
    expect((await get({ Range: 'bytes=99-' })).status).toBe(416);

    const project = await app.seed.project(await app.seed.group());
    const stranger = await app.seed.deployToken(project, { scopes: ['read_registry', 'write_registry'] });
    const its = await client.signIn(stranger, `repository:${project.full_path}/app:pull`);
    for (const [path, headers] of [
      [`/v2/${image}/blobs/${DIGEST}`, its],
      [`/v2/${image}/blobs/${DIGEST}`, {}],
      [`/v2/${project.full_path}/app/blobs/${DIGEST}`, its],
    ] as const) {
      const refused = await app.fetch(path, { headers });
      expect([refused.status >= 400, refused.headers.get('location')]).toEqual([true, null]);
    }
    expect(app.lines.join()).not.toMatch(/X-Amz|a-secret-key-of-the-tests/i);
  });

  needsCeph('redirect=off: everything comes through us', async () => {
    await using app = await startApp(engine, await bucketSettings('redirect=off'));
    const { get } = await pushed(app);
    const whole = await get();
    expect([whole.status, whole.headers.get('content-length')]).toEqual([200, String(BYTES.length)]);
    expect(sha256(await whole.bytes())).toBe(DIGEST);
    const part = await get({ Range: 'bytes=4-8' });
    expect([part.status, await part.text()]).toEqual([206, 'bytes']);
    expect(part.headers.get('content-range')).toBe(`bytes 4-8/${BYTES.length}`);
  });

  needsCeph('packages and LFS objects: clients that follow are sent, the others are not', async () => {
    await using app = await startApp(engine, await bucketSettings());
    const project = await app.seed.project(await app.seed.group());
    const root = await app.seed.user({ admin: true });
    const headers = privateToken(root.token);
    const packages = `/api/v4/projects/${project.id}/packages`;

    const generic = `${packages}/generic/tool/1.0/a.bin`;
    expect((await app.fetch(generic, { method: 'PUT', headers, body: 'bytes' })).status).toBe(201);
    const file = await app.fetch(generic, { headers });
    expect([file.status, await file.text()]).toEqual([200, 'bytes']);

    const manifest = { name: 'left-pad', version: '1.0.0' };
    const archive = await npmTarball(manifest);
    const publish = { method: 'PUT', headers, body: JSON.stringify(publication(manifest, archive)) };
    expect((await app.fetch(`${packages}/npm/left-pad`, publish)).status).toBe(200);
    const tarball = await app.fetch(`${packages}/npm/left-pad/-/left-pad-1.0.0.tgz`, { headers });
    expect(tarball.status).toBe(307);
    expect(Buffer.compare(await (await fetch(tarball.headers.get('location') ?? '')).bytes(), archive)).toBe(0);

    const oid = sha256Hex('a large file');
    const lfs = `/${project.full_path}.git/gitlab-lfs/objects/${oid}`;
    const login = basic(root.username, root.token);
    expect((await app.fetch(`${lfs}/12`, { method: 'PUT', headers: login, body: 'a large file' })).status).toBe(200);
    const object = await app.fetch(lfs, { headers: login });
    expect([object.status, await object.text()]).toEqual([200, 'a large file']);
  });

  needsCeph('a wrong secret: said at the start, by readiness and by each answer, without a secret in it', async () => {
    const settings = { ...(await bucketSettings()), POSTERN_S3_SECRET_ACCESS_KEY: 'a-wrong-secret' };
    await using app = await startApp(engine, settings);
    const failure = await app.app.checkStorage().catch((error: Error) => [error.name, error.message]);
    expect(failure).toEqual(['StartError', expect.stringContaining('SignatureDoesNotMatch')]);
    expect((await app.fetch('/-/readiness')).status).toBe(503);
    expect((await app.fetch('/-/health')).status).toBe(200);
    await expectOutage(app);
    expect(app.lines.join()).toContain('SignatureDoesNotMatch');
    expect(app.lines.join()).not.toContain('a-wrong-secret');
  });

  needsCeph('a storage that is away: 503 until it is back, and a start all the same', async () => {
    const { bucket } = await freshBucket();
    await using app = await startApp(engine, settingsFor(bucket, `http://127.0.0.1:${await freePort()}`));
    await app.app.checkStorage();
    expect((await app.fetch('/-/readiness')).status).toBe(503);
    await expectOutage(app);
  });
});

async function expectOutage(app: TestApp): Promise<void> {
  const project = await app.seed.project(await app.seed.group());
  const token = await app.seed.deployToken(project, { scopes: ['read_registry', 'write_registry'] });
  const image = `${project.full_path}/app`;
  const headers = await createRegistryClient(app).signIn(token, `repository:${image}:pull,push`);
  const response = await app.fetch(`/v2/${image}/blobs/uploads/`, { method: 'POST', headers });
  expect(response.status).toBe(503);
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await codesOf(response)).toHaveLength(1);
}

needsCeph('the doctor tries the bucket, says what is wrong, and leaves nothing in it', async () => {
  const bucket = await freshBucket();
  const address = { kind: 's3', prefix: 'x/', readers: null, ...bucket } as const;
  const look = async (more: Partial<typeof bucket>, keys = CEPH_KEYS) => {
    const { level, message } = await checkBucket({ address: { ...address, ...more }, keys });
    return `${level}: ${message}`;
  };
  expect(await look({})).toStartWith('ok: ');
  expect(await look({}, { ...CEPH_KEYS, secret: new Secret('wrong') })).toMatch(/^failure: .*SignatureDoesNotMatch/);
  expect(await look({}, { ...CEPH_KEYS, id: new Secret('nobody') })).toMatch(/^failure: .*InvalidAccessKeyId/);
  expect(await look({ bucket: 'another-bucket' })).toMatch(/^failure: .*NoSuchBucket/);
  expect(await look({ endpoint: `http://127.0.0.1:${await freePort()}` })).toMatch(/^failure: .*ECONNREFUSED/);
  expect(await Array.fromAsync(createBucket(createS3Client(bucket, CEPH_KEYS)).list(''))).toEqual([]);
});
