/**
 * The attack: fill a package with very many versions, each with a package.json of the maximum size, so that a client
 * that reads the package makes the server hold all of them. Its memory is bounded, however many versions there are.
 */
import { expect, test } from 'bun:test';
import { randomBytes } from 'node:crypto';
import { MAX_MANIFEST } from '../../src/protocols/npm/format.ts';
import { onEachEngine } from '../support/engines.ts';
import { residentMegabytes } from '../support/memory.ts';
import { npmTarball, publication } from '../support/npm-tarball.ts';
import { startServer, type TestServer } from '../support/server.ts';

const VERSIONS = 250;
/**
 * The text of all of them is 64 MB, and does not compress well. Of 100 MB that were made and held at once it took 600,
 * in pieces 120.
 */
const LARGEST_MB = 200;
const NAME = '@root/large';

onEachEngine('packuments of very large packages', (engine) => {
  test('are made, kept and sent without being held in memory', async () => {
    await using server = await startServer(engine);
    const group = await server.seed.group();
    const token = await server.seed.deployToken(group, { scopes: ['write_package_registry'] });
    const headers = { Authorization: `Bearer ${token.secret}` };
    const inProject = async () => {
      const { id } = await server.seed.project(group);
      const at = `${server.url}/api/v4/projects/${id}/packages/npm/${NAME.replace('/', '%2f')}`;
      const manifest = { name: NAME, version: '0.0.1' };
      const body = JSON.stringify(publication(manifest, await npmTarball(manifest)));
      expect((await fetch(at, { method: 'PUT', headers, body })).status).toBe(200);
      return { id, at };
    };
    const large = await inProject();
    const small = await inProject();
    await fillUp(server, large.id);

    const idle = residentMegabytes(server.pid, 'RssAnon');
    let most = idle;
    const look = () => {
      most = Math.max(most, residentMegabytes(server.pid, 'RssAnon'));
    };
    const looking = setInterval(look, 20);
    const read = async (address: string, more: Record<string, string> = {}) => {
      const response = await fetch(address, { headers: { ...headers, ...more }, decompress: false });
      expect(response.status).toBe(200);
      let bytes = 0;
      for await (const chunk of response.body ?? []) {
        if (Math.floor(bytes / 1e6) < Math.floor((bytes + chunk.byteLength) / 1e6)) look();
        bytes += chunk.byteLength;
      }
      expect(Number(response.headers.get('content-length') ?? bytes)).toBe(bytes);
      return { bytes, etag: response.headers.get('etag') ?? '' };
    };
    const plain = { 'Accept-Encoding': 'identity' };
    const zipped = { 'Accept-Encoding': 'gzip' };
    const packed = await read(large.at, zipped);
    expect(packed.bytes).toBeGreaterThan(VERSIONS * 150_000);
    const full = await read(large.at, plain);
    expect([full.etag, full.bytes > VERSIONS * 250_000]).toEqual([packed.etag, true]);
    expect((await fetch(large.at, { headers: { ...headers, 'If-None-Match': full.etag } })).status).toBe(304);
    // Below the group there are two packages of this name, whose document is built on request.
    const below = `${server.url}/api/v4/groups/${group.id}/-/packages/npm/${NAME.replace('/', '%2f')}`;
    const merged = await read(below, plain);
    expect(merged.bytes).toBeGreaterThan(VERSIONS * 250_000);
    expect((await fetch(below, { headers: { ...headers, 'If-None-Match': merged.etag } })).status).toBe(304);
    expect((await read(small.at, plain)).bytes).toBeLessThan(10_000);
    clearInterval(looking);
    expect([idle, most, most < idle + LARGEST_MB]).toEqual([idle, most, true]);
  }, 180_000);
});

/** More versions of the package in this project, as publishing one after the other would leave them. */
async function fillUp({ db }: TestServer, projectId: number): Promise<void> {
  const found = await db
    .selectFrom('packages')
    .selectAll()
    .where('project_id', '=', projectId)
    .executeTakeFirstOrThrow();
  const { id: _, ...row } = await db
    .selectFrom('package_versions')
    .selectAll()
    .where('package_id', '=', found.id)
    .executeTakeFirstOrThrow();
  const kept = JSON.parse(row.metadata) as Record<string, unknown>;
  for (let i = 0; i < VERSIONS; i += 1) {
    const version = `1.0.${i}`;
    const dependencies = { other: randomBytes((MAX_MANIFEST * 3) / 4 - 3000).toString('base64') };
    const metadata = JSON.stringify({ ...kept, version, dependencies });
    expect(metadata.length).toBeLessThan(MAX_MANIFEST);
    await db
      .insertInto('package_versions')
      .values({ ...row, version, metadata })
      .execute();
  }
  await db
    .updateTable('packages')
    .set({ revision: found.revision + 1 })
    .where('id', '=', found.id)
    .execute();
}
