import { describe, expect, test } from 'bun:test';
import { PACKAGE_TYPE_NAMES } from '../../src/api/package-types.ts';
import { PACKAGE_TYPES } from '../../src/package-types.ts';
import { basic, startApp, type TestApp } from '../support/app.ts';
import { bearer, CHALLENGE, onEachPackageType, SAMPLES, WRITE } from './package-samples/contract.ts';
import { ask } from './package-samples/sample.ts';

test('each package type has a sample for the contract', () => {
  expect(SAMPLES.map(({ type }) => type)).toEqual(PACKAGE_TYPES.map(({ type }) => type));
});

test('the REST API accepts the name of each package type', () => {
  const words: readonly string[] = PACKAGE_TYPE_NAMES;
  expect(PACKAGE_TYPES.map(({ type }) => type).filter((type) => !words.includes(type))).toEqual([]);
});

onEachPackageType('packages', ({ sample, engine, app, world, publish, get, fullName }) => {
  describe('credentials', () => {
    test('A285 A288 a deploy token with a read scope is accepted as Basic, Bearer and Deploy-Token', async () => {
      const { reader } = world;
      const forms = [
        basic(reader.username, reader.secret),
        bearer(reader),
        { 'Deploy-Token': reader.secret },
        { 'DEPLOY-TOKEN': reader.secret },
      ];
      for (const headers of forms)
        for (const path of [...sample.reads(world.there), sample.file(world.there)])
          expect([path, (await get(path, headers)).status]).toEqual([path, 200]);
    });

    test('A286 a deploy token under another user name gets 401 where the type checks it; a personal token works under any', async () => {
      const { reader, developer } = world;
      const path = sample.file(world.there);
      for (const username of ['anything', '__token__', '', reader.username.toUpperCase()]) {
        const response = await get(path, basic(username, reader.secret));
        const shown = [response.status, response.headers.get('www-authenticate')];
        expect([username, ...shown]).toEqual([username, ...(sample.exactUsername ? [401, CHALLENGE] : [200, null])]);
        expect((await response.text()).includes('user name does not belong to this deploy token')).toBe(
          sample.exactUsername,
        );
      }
      expect((await get(path, basic('__token__', developer.token))).status).toBe(200);
    });

    test('the address of the registry itself is 404, and 401 for an invalid credential', async () => {
      const { reader, project } = world;
      for (const path of [
        `/projects/${project.id}/packages/${sample.type}`,
        `/projects/${project.id}/packages/${sample.type}/`,
      ])
        for (const method of ['GET', 'HEAD']) {
          const there = await get(path, basic(reader.username, reader.secret), { method });
          expect([path, method, there.status]).toEqual([path, method, 404]);
          if (method === 'GET') expect(await there.json()).toMatchObject({ message: '404 Not Found' });
          for (const headers of [{}, basic(reader.username, world.revoked.secret)]) {
            const refused = await get(path, headers, { method });
            const shown = [path, method, refused.status, refused.headers.get('www-authenticate')];
            expect(shown).toEqual([path, method, 401, CHALLENGE]);
          }
        }
    });

    test('a deploy token is not accepted as a personal token, nor in the address', async () => {
      const { secret } = world.reader;
      const response = await get(sample.file(world.there), { 'PRIVATE-TOKEN': secret });
      expect(response.status).toBe(401);
      const inAddress = await get(`${sample.file(world.there)}?private_token=${secret}`);
      expect(inAddress.status).toBe(401);
    });

    test('a wrong, expired or revoked token gets 401 and the challenge, on a public project too', async () => {
      const wrong = [`gldt-${'0'.repeat(36)}`, world.expired.secret, world.revoked.secret, 'nonsense'];
      for (const password of wrong) {
        for (const project of [world.project.id, world.publicProject.id]) {
          const response = await get(sample.file({ ...world.there, project }), basic('x', password));
          expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, CHALLENGE]);
        }
      }
    });
  });

  describe('reading', () => {
    test('A268 a token with read_package_registry reads on its private project', async () => {
      for (const path of [...sample.reads(world.there), sample.file(world.there)]) {
        expect((await get(path, bearer(world.reader))).status).toBe(200);
      }
    });

    test('A272 A289 a token with a write scope reads', async () => {
      expect((await get(sample.file(world.there), bearer(world.writer))).status).toBe(200);
    });

    test('A273 a token without a package scope is refused, with the scope that it needs', async () => {
      const response = await get(sample.file(world.there), bearer(world.codeOnly));
      expect(response.status).toBe(403);
      expect(await response.text()).toContain('read_package_registry or write_package_registry');
    });

    test('A274 the token of another project gets the 404 of a missing project', async () => {
      const there = await get(sample.file(world.there), bearer(world.stranger));
      const missing = await get(sample.file({ ...world.there, project: 99_999 }), bearer(world.stranger));
      expect([there.status, missing.status]).toEqual([404, 404]);
      expect(await there.text()).toBe(await missing.text());
    });

    test('the token of a group two levels above reads, that of a sibling group does not', async () => {
      expect((await get(sample.file(world.there), bearer(world.fromRoot))).status).toBe(200);
      expect((await get(sample.file(world.there), bearer(world.fromSibling))).status).toBe(404);
    });

    test('A277 A278 A281 without a credential public packages are read and all others are 401, existing or not', async () => {
      for (const path of sample.reads({ ...world.there, project: world.publicProject.id }))
        expect((await get(path)).status).toBe(200);
      for (const project of [world.project.id, world.internalProject.id, 99_999]) {
        for (const name of [world.there.name, 'missing']) {
          const what = { ...world.there, project, name };
          for (const path of [...sample.reads(what), sample.file(what)]) {
            const response = await get(path);
            expect([path, response.status, response.headers.get('www-authenticate')]).toEqual([path, 401, CHALLENGE]);
          }
        }
      }
    });

    test('any user reads internal packages, and the deploy token of another project does not', async () => {
      const path = sample.file({ ...world.there, project: world.internalProject.id });
      expect((await get(path, { 'PRIVATE-TOKEN': world.user.token })).status).toBe(200);
      expect((await get(path, bearer(world.stranger))).status).toBe(404);
    });

    test('A282 a missing package is 404 for a reader of the project', async () => {
      for (const path of sample.reads({ ...world.there, name: 'missing' }))
        expect((await get(path, bearer(world.reader))).status).toBe(404);
      const other = sample.file({ ...world.there, version: '99.0.0' });
      expect((await get(other, bearer(world.reader))).status).toBe(404);
    });

    test('the project can be given by its escaped path', async () => {
      const path = sample.file({ ...world.there, project: world.project.full_path });
      expect((await get(path, bearer(world.reader))).status).toBe(200);
    });
  });

  describe('files', () => {
    test('HEAD returns the headers of GET', async () => {
      const path = sample.file(world.there);
      const whole = await get(path, bearer(world.reader));
      const head = await get(path, bearer(world.reader), { method: 'HEAD' });
      const size = (await whole.arrayBuffer()).byteLength;
      expect([head.status, head.headers.get('content-length')]).toEqual([200, String(size)]);
      expect((await head.arrayBuffer()).byteLength).toBe(0);
      // RFC 9110 section 14.2: a range is ignored for other methods than GET.
      const beyond = { ...bearer(world.reader), Range: 'bytes=9999999-' };
      const ranged = await get(path, beyond, { method: 'HEAD' });
      expect([ranged.status, ranged.headers.get('content-length')]).toEqual([200, String(size)]);
    });

    test('an entity tag saves a second download, and a range continues a first', async () => {
      const path = sample.file(world.there);
      const whole = await get(path, bearer(world.reader));
      const etag = whole.headers.get('etag') ?? '';
      const bytes = Buffer.from(await whole.arrayBuffer());
      const again = await get(path, { ...bearer(world.reader), 'If-None-Match': etag });
      expect([again.status, again.headers.get('etag')]).toEqual([304, etag]);
      const rest = await get(path, { ...bearer(world.reader), Range: 'bytes=3-', 'If-Range': etag });
      expect([rest.status, rest.headers.get('content-range'), rest.headers.get('content-length')]).toEqual([
        206,
        `bytes 3-${bytes.length - 1}/${bytes.length}`,
        String(bytes.length - 3),
      ]);
      expect(Buffer.from(await rest.arrayBuffer()).equals(bytes.subarray(3))).toBe(true);
      const changed = await get(path, { ...bearer(world.reader), Range: 'bytes=3-', 'If-Range': '"other"' });
      expect(changed.status).toBe(200);
      const beyond = await get(path, { ...bearer(world.reader), Range: 'bytes=9999999-' });
      expect(beyond.status).toBe(416);
    });

    test('they and the documents of their package have a date, with which a client asks for changes only', async () => {
      for (const path of [sample.file(world.there), ...sample.reads(world.there)]) {
        const head = await get(path, bearer(world.reader), { method: 'HEAD' });
        const date = head.headers.get('last-modified') ?? '';
        expect([path, date]).toEqual([path, new Date(Math.floor(app.time.now / 1000) * 1000).toUTCString()]);
        // Without it, a date lets caches keep the response for a while.
        expect([path, head.headers.get('cache-control')]).toEqual([path, expect.stringMatching(/max-age=0|no-store/)]);
        const asked = { ...bearer(world.reader), 'If-Modified-Since': date };
        const same = await get(path, asked);
        expect([path, same.status, same.headers.get('last-modified')]).toEqual([path, 304, date]);
        const before = { 'If-Modified-Since': new Date(Date.parse(date) - 1000).toUTCString() };
        expect([path, (await get(path, { ...asked, ...before })).status]).toEqual([path, 200]);
        const another = { 'If-None-Match': '"of another text"' };
        expect([path, (await get(path, { ...asked, ...another })).status]).toEqual([path, 200]);
      }
    });

    test('are recorded with their version when they are downloaded', async () => {
      expect((await publish({ version: '1.0.7' }, bearer(world.writer))).ok).toBe(true);
      const downloaded = async () => {
        await app.services.packages.downloads.flush();
        const path = `/projects/${world.project.id}/packages?package_version=1.0.7`;
        const [listed] = (await (await get(path, { 'PRIVATE-TOKEN': world.owner.token })).json()) as Listed[];
        return listed?.last_downloaded_at;
      };
      expect(await downloaded()).toBeNull();
      expect((await get(sample.file({ ...world.there, version: '1.0.7' }), bearer(world.reader))).status).toBe(200);
      expect(await downloaded()).toBe(new Date(app.time.now).toISOString());
    });

    test('are sent as attachments, which no browser shows', async () => {
      const { headers } = await get(sample.file(world.there), bearer(world.reader));
      expect(headers.get('content-type')).toBe('application/octet-stream');
      expect(headers.get('content-disposition')).toStartWith('attachment');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    });
  });

  describe('publishing', () => {
    test('A269 a token with write_package_registry alone publishes, and the audit log names it', async () => {
      const response = await publish({ version: '1.0.1' }, bearer(world.writer));
      expect(response.ok).toBe(true);
      const events = await app.services.audit.list(
        { entityKind: 'Project', entityId: world.project.id },
        { page: 1, perPage: 100 },
      );
      const event = events.items.find(({ target }) => target.name === `${fullName(world.there.name)}/1.0.1`);
      expect(event).toMatchObject({
        action: 'package_registry_package_published',
        by: { kind: 'deployToken', id: world.writer.id },
      });
    });

    test('A270 A290 a token with a read scope only is refused, with the scope that it needs, and changes nothing', async () => {
      const response = await publish({ version: '1.0.2' }, bearer(world.reader));
      expect(response.status).toBe(403);
      expect(await response.text()).toContain('write_package_registry');
      const missing = await get(sample.file({ ...world.there, version: '1.0.2' }), bearer(world.reader));
      expect(missing.status).toBe(404);
    });

    test('a body that differs from its announced digest is refused, and nothing is published', async () => {
      const asked = await sample.publish({ ...world.there, version: '1.0.8' });
      const headers = { ...(asked.init.headers as Headers), ...bearer(world.writer) };
      const { body } = asked.init;
      if (asked.init.method !== 'PUT' || typeof body !== 'string') return;
      const sent = async (text: string) => {
        const digests = { 'X-Checksum-Sha1': new Bun.CryptoHasher('sha1').update(text).digest('hex') };
        return ask(app, { ...asked, init: { ...asked.init, headers: { ...headers, ...digests } } });
      };
      const refused = await sent(`${body} `);
      expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining('X-Checksum-Sha1')]);
      expect((await get(sample.file({ ...world.there, version: '1.0.8' }), bearer(world.reader))).status).toBe(404);
      expect((await sent(body)).ok).toBe(true);
    });

    test('anonymous clients are challenged, strangers get 404', async () => {
      const anonymous = await publish({ version: '1.0.2' }, {});
      expect([anonymous.status, anonymous.headers.get('www-authenticate')]).toEqual([401, CHALLENGE]);
      expect((await publish({ version: '1.0.2' }, bearer(world.stranger))).status).toBe(404);
      const open = await publish({ project: world.publicProject.id, version: '1.0.2' }, bearer(world.stranger));
      expect(open.status).toBe(404);
    });

    test('a group token publishes two levels below; a developer does, a guest does not', async () => {
      expect((await publish({ version: '1.0.3' }, bearer(world.fromRoot))).ok).toBe(true);
      expect((await publish({ version: '1.0.4' }, { 'PRIVATE-TOKEN': world.developer.token })).ok).toBe(true);
      expect((await publish({ version: '1.0.5' }, { 'PRIVATE-TOKEN': world.guest.token })).status).toBe(403);
    });

    test('a file over the limit is refused', async () => {
      const content = 'x'.repeat(1024 * 1024 + 1);
      const response = await publish({ version: '1.0.6', content }, bearer(world.writer));
      expect([response.status, (await response.text()).includes('File is too large')]).toEqual([400, true]);
    });

    test('a full project refuses publications, reports its quota, and can be read', async () => {
      const project = await app.seed.project(world.group);
      const there = { ...world.there, project: project.id };
      expect((await publish(there, bearer(world.fromRoot))).ok).toBe(true);
      const limit = (bytes: number | null) =>
        app.services.storage.setLimit({ kind: 'project', project }, bytes, app.by);
      await limit(5);
      const next = { ...there, version: '1.1.0', content: 'other bytes' };
      const refused = await publish(next, bearer(world.fromRoot));
      const body = (await refused.json()) as Record<string, unknown>;
      expect([refused.status, body[sample.full.toldIn]]).toEqual([
        sample.full.status,
        expect.stringMatching(/The project .* of its storage limit of 5 B: .* more do not fit/),
      ]);
      expect((await get(sample.file(next), bearer(world.fromRoot))).status).toBe(404);
      expect((await get(sample.file(there), bearer(world.fromRoot))).status).toBe(200);
      await limit(null);
      expect((await publish(next, bearer(world.fromRoot))).ok).toBe(true);
    });

    test('invalid names and versions are refused and not stored', async () => {
      const before = await countRows(app);
      for (const name of sample.badNames) {
        const response = await publish({ name }, bearer(world.writer));
        expect([name, response.status < 500 && response.status >= 400]).toEqual([name, true]);
      }
      for (const version of sample.badVersions) {
        const response = await publish({ version }, bearer(world.writer));
        expect([version, response.status < 500 && response.status >= 400]).toEqual([version, true]);
      }
      expect(await countRows(app)).toEqual(before);
    });

    test('an archived project can be read and not written', async () => {
      await app.db.updateTable('projects').set({ archived: 1 }).where('id', '=', world.archived.id).execute();
      const what = { ...world.there, project: world.archived.id };
      expect((await get(sample.file(what), bearer(world.fromRoot))).status).toBe(200);
      const response = await publish({ project: what.project, version: '2.0.0' }, bearer(world.fromRoot));
      expect([response.status, (await response.text()).includes('archived')]).toEqual([403, true]);
    });
  });

  test('a former path of a project can be read, and refuses publications with the current path', async () => {
    const project = await app.seed.project(world.group);
    const { full_path: now } = await app.services.projects.update(project, { path: `${project.path}-new` }, app.by);
    const what = { ...world.there, project: project.full_path };
    const file = sample.file(what);
    const elsewhere = sample.file({ ...what, project: project.id });
    const read = await get(file, bearer(world.fromRoot));
    expect([read.status, read.headers.get('location')]).toEqual([301, `http://postern.test/api/v4${elsewhere}`]);
    const refused = await publish({ project: project.full_path }, bearer(world.fromRoot));
    expect([refused.status, await refused.text()]).toEqual([405, expect.stringContaining(now)]);
    const stranger = await publish({ project: project.full_path }, bearer(world.stranger));
    expect([stranger.status, await stranger.text()]).toEqual([404, expect.not.stringContaining(now)]);
  });

  test('A292 a project with packages disabled refuses each request with the reason', async () => {
    await app.db.updateTable('projects').set({ packages_enabled: 0 }).where('id', '=', world.disabled.id).execute();
    const what = { ...world.there, project: world.disabled.id };
    for (const path of sample.reads(what)) {
      const response = await get(path, bearer(world.fromRoot));
      expect([response.status, (await response.text()).includes('switched off')]).toEqual([403, true]);
    }
    expect((await publish({ project: what.project }, bearer(world.fromRoot))).status).toBe(403);
  });

  test('A293 a server with packages disabled answers each request with 404', async () => {
    await using off = await startApp(engine, { POSTERN_PACKAGES: 'off' });
    const group = await off.seed.group(null, { visibility: 'public' });
    const project = await off.seed.project(group, { visibility: 'public' });
    const token = await off.seed.deployToken(project, { scopes: WRITE });
    const what = { ...world.there, project: project.id };
    expect((await ask(off, sample.publish(what), bearer(token))).status).toBe(404);
    for (const path of sample.reads(what)) expect((await off.fetch(`/api/v4${path}`)).status).toBe(404);
  });
});

async function countRows(app: TestApp): Promise<number[]> {
  const tables = ['packages', 'package_versions', 'package_files'] as const;
  return Promise.all(tables.map(async (table) => (await app.db.selectFrom(table).select('id').execute()).length));
}

interface Listed {
  last_downloaded_at: string | null;
}
