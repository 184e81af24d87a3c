import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { startApp, type TestApp } from '../../../test/support/app.ts';
import { onEachEngine } from '../../../test/support/engines.ts';
import { parseXml } from '../../lib/guarded-xml.ts';
import type { Digest } from './format.ts';

const WRITE = ['write_package_registry'];
const DIGESTS = ['md5', 'sha1', 'sha256', 'sha512'] as const;
const digest = (name: Digest, text: string) => new Bun.CryptoHasher(name).update(text).digest('hex');

onEachEngine('Maven packages', (engine) => {
  let app: TestApp;
  let base: string;
  let project: Awaited<ReturnType<TestApp['seed']['project']>>;
  let headers: Record<string, string>;
  beforeAll(async () => {
    app = await startApp(engine, { POSTERN_MAX_PACKAGE_SIZE: '1MiB' });
    project = await app.seed.project(await app.seed.group());
    const token = await app.seed.deployToken(project, { scopes: WRITE });
    base = `/api/v4/projects/${project.id}/packages/maven`;
    headers = { 'Deploy-Token': token.secret };
  });
  afterAll(() => app[Symbol.asyncDispose]());

  const put = (path: string, body: RequestInit['body'], more: Record<string, string> = {}) =>
    app.fetch(`${base}/${path}`, { method: 'PUT', headers: { ...headers, ...more }, body });
  const get = (path: string, more: Record<string, string> = {}, method = 'GET') =>
    app.fetch(`${base}/${path}`, { method, headers: { ...headers, ...more } });
  const text = async (path: string) => {
    const response = await get(path);
    return response.status === 200 ? response.text() : response.status;
  };
  const metadata = async (folder: string): Promise<Metadata> => {
    const response = await get(`${folder}/maven-metadata.xml`);
    expect([folder, response.status]).toEqual([folder, 200]);
    return parseXml(await response.text())['metadata'] as Metadata;
  };

  describe('files', () => {
    test('a file is served unchanged, with its digests as files and in the headers', async () => {
      const path = 'com/example/app/1.0/app-1.0.jar';
      const stored = await put(path, 'a jar');
      expect([stored.status, await stored.text()]).toEqual([200, '']);
      const back = await get(path);
      expect(await back.text()).toBe('a jar');
      expect(back.headers.get('x-checksum-sha1')).toBe(digest('sha1', 'a jar'));
      expect(back.headers.get('x-checksum-md5')).toBe(digest('md5', 'a jar'));
      for (const name of DIGESTS) {
        const sum = await get(`${path}.${name}`);
        expect([await sum.text(), sum.headers.get('content-type')]).toEqual([
          digest(name, 'a jar'),
          'text/plain; charset=utf-8',
        ]);
        const head = await get(`${path}.${name}`, {}, 'HEAD');
        expect([head.status, head.headers.get('content-length')]).toEqual([200, `${digest(name, 'a jar').length}`]);
      }
    });

    test('classifiers, signatures, Gradle modules and versions with a plus are ordinary files', async () => {
      for (const file of ['app-2+x-sources.jar', 'app-2+x.pom.asc', 'app-2+x.module', 'app-2+x-bin.tar.gz']) {
        expect((await put(`com/example/app/2+x/${file}`, file)).status).toBe(200);
        expect(await text(`com/example/app/2%2Bx/${file.replace('+', '%2b')}`)).toBe(file);
        expect(await text(`com/example/app/2+x/${file}.sha256`)).toBe(digest('sha256', file));
      }
    });

    test('an uploaded digest is compared, and never stored', async () => {
      const path = 'com/example/sums/1.0/sums-1.0.pom';
      expect((await put(`${path}.sha1`, digest('sha1', 'pom'))).status).toBe(404);
      await put(path, 'pom');
      for (const name of DIGESTS) {
        expect((await put(`${path}.${name}`, `${digest(name, 'pom').toUpperCase()}  sums.pom\n`)).status).toBe(204);
        const wrong = await put(`${path}.${name}`, digest(name, 'other'));
        expect([wrong.status, (await wrong.text()).includes(digest(name, 'pom'))]).toEqual([409, true]);
        expect((await put(`${path}.${name}`, 'no digest')).status).toBe(400);
        expect(await text(`${path}.${name}`)).toBe(digest(name, 'pom'));
      }
      expect((await put(`${path}.sha1`, 'a'.repeat(2000))).status).toBe(400);
      expect(await text(path)).toBe('pom');
    });

    test('a release is final, unless the project allows duplicates of it', async () => {
      const path = 'com/example/final/1.0/final-1.0.jar';
      await put(path, 'first');
      const again = await put(path, 'second');
      expect([again.status, again.headers.get('content-type'), await again.json()]).toEqual([
        400,
        'application/problem+json',
        expect.objectContaining({
          message: '400 Bad request - Duplicate package is not allowed',
          detail: '400 Bad request - Duplicate package is not allowed',
        }),
      ]);
      expect(await text(path)).toBe('first');
      // `mvn deploy` again, after a fault of the network.
      expect((await put(path, 'first')).status).toBe(200);
      expect((await put(`${path}.sha1`, digest('sha1', 'first'))).status).toBe(204);
      expect((await put('com/example/final/1.0/final-1.0.pom', 'another file')).status).toBe(200);
      const rule = { type: 'maven', pattern: 'com/example/final', duplicates: 'allowed' } as const;
      await app.services.packages.rules.create(project, rule, app.by);
      expect((await put(path, 'third')).status).toBe(200);
      expect([await text(path), await text(`${path}.sha1`)]).toEqual(['third', digest('sha1', 'third')]);
    });

    test('of eight concurrent deployments of one release exactly one succeeds', async () => {
      const path = 'com/example/race/1.0/race-1.0.jar';
      const all = await Promise.all(Array.from({ length: 8 }, (_, i) => put(path, `content ${i}`)));
      const won = all.findIndex(({ status }) => status === 200);
      expect(all.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(400)]);
      expect(await text(path)).toBe(`content ${won}`);
    });

    test('a body that ends early, and one over the limit, are refused', async () => {
      const path = 'com/example/cut/1.0/cut-1.0.jar';
      expect((await put(path, new Blob(['cut']).stream(), { 'Content-Length': '300' })).status).toBe(422);
      expect((await put(path, new Blob(['x'.repeat(2_000_000)]).stream())).status).toBe(400);
      expect([await text(path), await text('com/example/cut/maven-metadata.xml')]).toEqual([404, 404]);
    });

    test('an invalid path is 404 for a download, and 400 for an upload', async () => {
      for (const path of [
        'archetype-catalog.xml',
        'com/app/[1,2)/app.pom',
        'com/app/1..2/app.pom',
        'a/maven-metadata.xml.asc',
      ]) {
        expect([path, (await get(path)).status]).toEqual([path, 404]);
        const refused = await put(path, 'x');
        expect([path, refused.status, await refused.json()]).toMatchObject([path, 400, { message: 'path is invalid' }]);
      }
    });
  });

  describe('the metadata of a folder', () => {
    test('lists all stored versions in their order, whatever clients upload', async () => {
      for (const version of ['1.10', '1.2', '2.0-SNAPSHOT', '1.2-rc1']) {
        app.time.now += 1000;
        await put(`com/example/list/${version}/list-${version}.pom`, '<project/>');
        const said = `<metadata><versioning><versions><version>${version}</version></versions></versioning></metadata>`;
        expect((await put('com/example/list/maven-metadata.xml', said)).status).toBe(200);
        expect((await put('com/example/list/maven-metadata.xml.sha1', digest('sha1', said))).status).toBe(204);
      }
      expect(await metadata('com/example/list')).toEqual({
        groupId: 'com.example',
        artifactId: 'list',
        versioning: {
          latest: '2.0-SNAPSHOT',
          release: '1.10',
          versions: { version: ['1.2-rc1', '1.2', '1.10', '2.0-SNAPSHOT'] },
          lastUpdated: new Date(app.time.now).toISOString().slice(0, 19).replace(/\D/g, ''),
        },
      });
    });

    test('matches its digests, and changes only with its versions', async () => {
      const path = 'com/example/stable/maven-metadata.xml';
      await put('com/example/stable/1.0/stable-1.0.jar', 'x');
      const first = await get(path);
      const served = await first.text();
      for (const name of DIGESTS) expect(await text(`${path}.${name}`)).toBe(digest(name, served));
      expect(first.headers.get('x-checksum-sha1')).toBe(digest('sha1', served));
      expect(first.headers.get('content-type')).toBe('application/xml');
      app.time.now += 5000;
      await put('com/example/stable/1.0/stable-1.0.pom', '<project/>');
      const unchanged = await get(path, { 'If-None-Match': first.headers.get('etag') ?? '' });
      expect(unchanged.status).toBe(304);
      await put('com/example/stable/1.1/stable-1.1.jar', 'y');
      const changed = await get(path, { 'If-None-Match': first.headers.get('etag') ?? '' });
      expect([changed.status, (await changed.text()).includes('1.1')]).toEqual([200, true]);
    });

    test('has the same headers for HEAD and GET, compressed and not', async () => {
      const path = 'com/example/stable/maven-metadata.xml';
      for (const encoding of ['gzip', 'identity']) {
        const whole = await get(path, { 'Accept-Encoding': encoding });
        const head = await get(path, { 'Accept-Encoding': encoding }, 'HEAD');
        expect(head.headers.get('content-length')).toBe(whole.headers.get('content-length'));
        expect((await whole.arrayBuffer()).byteLength).toBe(Number(head.headers.get('content-length')));
      }
    });

    test('misses none of 32 versions that are deployed concurrently', async () => {
      const versions = Array.from({ length: 32 }, (_, i) => `1.${i}`);
      await Promise.all(
        versions.map(async (version) => {
          const folder = `com/example/busy/${version}`;
          const own = `<metadata><versioning><versions><version>${version}</version></versions></versioning></metadata>`;
          for (const [path, body] of [
            [`${folder}/busy-${version}.jar`, version],
            [`${folder}/busy-${version}.jar.sha1`, digest('sha1', version)],
            [`${folder}/busy-${version}.pom`, '<project/>'],
            ['com/example/busy/maven-metadata.xml', own],
            ['com/example/busy/maven-metadata.xml.sha1', digest('sha1', own)],
          ] as const)
            expect([path, (await put(path, body)).ok]).toEqual([path, true]);
        }),
      );
      expect((await metadata('com/example/busy')).versioning.versions?.version).toEqual(versions);
    });

    test('does not list a deleted version, and does not exist without a version', async () => {
      await put('com/example/gone/1.0/gone-1.0.jar', 'x');
      await put('com/example/gone/1.1/gone-1.1.jar', 'x');
      await metadata('com/example/gone');
      const { packages } = app.services;
      const found = await packages.find(project, { type: 'maven', name: 'com/example/gone' });
      await packages.change.destroyVersions(project, found, { versions: ['1.0'] }, app.by);
      expect((await metadata('com/example/gone')).versioning.versions).toEqual({ version: '1.1' });
      await packages.change.destroyVersions(project, found, { versions: ['1.1'] }, app.by);
      expect(await text('com/example/gone/maven-metadata.xml')).toBe(404);
    });
  });

  describe('snapshots', () => {
    const folder = 'com/example/snap/1.0-SNAPSHOT';
    const build = async (stamp: string, files: readonly string[]) => {
      for (const file of files)
        expect((await put(`${folder}/snap-1.0-${stamp}${file}`, `${stamp}${file}`)).status).toBe(200);
    };

    test('the metadata lists the newest build of each kind of file', async () => {
      expect(await text(`${folder}/maven-metadata.xml`)).toBe(404);
      await build('20250101.101010-1', ['.jar', '.pom', '-sources.jar']);
      await build('20250102.101010-2', ['.jar', '.pom']);
      expect((await put(`${folder}/maven-metadata.xml`, '<metadata/>')).status).toBe(200);
      const kind = (extension: string, value: string) => ({
        extension,
        value,
        updated: value.slice(4, 19).replace('.', ''),
      });
      expect(await metadata(folder)).toEqual({
        groupId: 'com.example',
        artifactId: 'snap',
        version: '1.0-SNAPSHOT',
        versioning: {
          snapshot: { timestamp: '20250102.101010', buildNumber: '2' },
          lastUpdated: '20250102101010',
          snapshotVersions: {
            snapshotVersion: [
              kind('jar', '1.0-20250102.101010-2'),
              kind('pom', '1.0-20250102.101010-2'),
              { classifier: 'sources', ...kind('jar', '1.0-20250101.101010-1') },
            ],
          },
        },
      });
      expect(await text(`${folder}/maven-metadata.xml`)).toContain('<metadata modelVersion="1.1.0">');
    });

    test('the version SNAPSHOT alone is a snapshot, as in Maven', async () => {
      const alone = 'com/example/alone/SNAPSHOT';
      for (const number of [1, 2])
        expect((await put(`${alone}/alone-20250101.101010-${number}.jar`, `build ${number}`)).status).toBe(200);
      expect((await put(`${alone}/maven-metadata.xml`, '<metadata/>')).status).toBe(200);
      const { snapshotVersions } = (await metadata(alone)).versioning;
      expect(snapshotVersions).toMatchObject({ snapshotVersion: { value: '20250101.101010-2' } });
      expect(await text('com/example/alone/maven-metadata.xml')).not.toContain('<release>');
    });

    test('concurrent deployments are all stored; the metadata lists the highest number', async () => {
      const numbers = Array.from({ length: 12 }, (_, i) => i + 3);
      await Promise.all(numbers.map((number) => build(`20250103.1010${10 + number}-${number}`, ['.jar', '.pom'])));
      const { versioning } = await metadata(folder);
      expect(versioning.snapshot).toEqual({ timestamp: '20250103.101024', buildNumber: '14' });
      for (const number of numbers)
        expect(await text(`${folder}/snap-1.0-20250103.1010${10 + number}-${number}.jar`)).toContain('.jar');
    });

    test('a file without a number may be replaced, and each deployer finds its own digest', async () => {
      const path = 'com/example/plain/1-SNAPSHOT/plain-1-SNAPSHOT.jar';
      for (const content of ['one', 'two']) expect((await put(path, content)).status).toBe(200);
      expect(await text(path)).toBe('two');
      for (const content of ['one', 'two'])
        expect((await put(`${path}.sha1`, digest('sha1', content))).status).toBe(204);
      expect((await put(`${path}.sha1`, digest('sha1', 'three'))).status).toBe(409);
      expect(await text('com/example/plain/1-SNAPSHOT/maven-metadata.xml')).toBe(404);
    });
  });

  describe('plug-ins of a group', () => {
    const plugin = (artifactId: string, prefix: string, name = artifactId) =>
      `<plugin><name>${name}</name><prefix>${prefix}</prefix><artifactId>${artifactId}</artifactId></plugin>`;
    const send = (group: string, ...plugins: string[]) =>
      put(`${group}/maven-metadata.xml`, `<metadata><plugins>${plugins.join('')}</plugins></metadata>`);

    test('the metadata lists each uploaded plug-in, also of two concurrent uploads', async () => {
      const sent = await Promise.all([
        send('org/plug', plugin('a-maven-plugin', 'a', 'A &amp; &lt;b&gt;')),
        send('org/plug', plugin('b-maven-plugin', 'b')),
      ]);
      expect(sent.map(({ status }) => status)).toEqual([200, 200]);
      expect((await metadata('org/plug')).plugins?.plugin).toEqual([
        { name: 'A & <b>', prefix: 'a', artifactId: 'a-maven-plugin' },
        { name: 'b-maven-plugin', prefix: 'b', artifactId: 'b-maven-plugin' },
      ]);
    });

    test('a group with the name of an artifact has both in its metadata', async () => {
      await put('org/plug/1.0/plug-1.0.jar', 'x');
      expect(await metadata('org/plug')).toMatchObject({
        artifactId: 'plug',
        plugins: {},
        versioning: { latest: '1.0' },
      });
    });

    test('an identical upload changes nothing, and the audit log has each change once', async () => {
      await send('org/again', plugin('x', 'x'));
      await send('org/again', plugin('x', 'x'));
      const where = { entityKind: 'Project', entityId: project.id } as const;
      const { items } = await app.services.audit.list(where, { page: 1, perPage: 100 });
      expect(items.filter(({ target }) => target.name === 'org/again')).toHaveLength(1);
    });

    test('a plug-in without a valid prefix, and invalid XML, are refused', async () => {
      for (const sent of [plugin('a b', 'x'), plugin('a', ''), '<plugin/>', plugin('a', 'b', 'x'.repeat(300))])
        expect((await send('org/bad', sent)).status).toBe(400);
      expect((await put('org/bad/maven-metadata.xml', 'no <xml')).status).toBe(400);
      expect(await text('org/bad/maven-metadata.xml')).toBe(404);
    });
  });
});

interface Metadata {
  groupId?: string;
  artifactId?: string;
  plugins?: { plugin?: unknown };
  version?: string;
  versioning: { versions?: { version: unknown }; snapshot?: unknown; [name: string]: unknown };
}
