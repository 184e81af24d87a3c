import { beforeAll, expect, test } from 'bun:test';
import { type Answer, apiClient } from '../../../test/support/api-client.ts';
import { privateToken } from '../../../test/support/app.ts';
import { appOverPipe } from '../../../test/support/app-over-pipe.ts';
import { addCommits, makeRepository } from '../../../test/support/git.ts';
import type { Project } from '../../domain/projects/projects.ts';

// The database is not involved: one engine is enough.
const scene = appOverPipe();
const { client } = scene;
let api: ReturnType<typeof apiClient>;
let token: string;
let project: Project;
let cwd: string;

const git = async (...args: string[]) =>
  (await client.ok(['git', ...args], { cwd, env: scene.pipe.env })).stdout.trim();
const at = (path: string) => `/projects/${project.id}/repository/${path}`;
const names = ({ rows }: Answer) => rows.map(({ name }) => name);
const fetchRaw = (path: string, init: RequestInit = {}) =>
  scene.app.fetch(`/api/v4${at(path)}`, { ...init, headers: { ...privateToken(token), ...init.headers } });

beforeAll(async () => {
  const { seed } = scene.app;
  const user = await seed.user({ admin: true });
  token = user.token;
  api = apiClient(scene.app, token);
  project = await seed.project(await seed.group());
  cwd = await makeRepository(client, 'source', 3);
  await addCommits(client, cwd, 1, 'topic/one');
  const make = [
    'git checkout -q main',
    'mkdir -p src/deep',
    'echo deep > src/deep/file.c',
    'chmod +x src/deep/file.c',
    'printf "\\000\\001" > "src/grün ?.bin"',
    'head -c 2000000 /dev/zero | tr "\\000" a > large',
    'git add -A',
    'GIT_AUTHOR_DATE="2027-02-14T08:00:00+0100" git commit -q -m "Add folders" -m "A body"',
    'git tag light HEAD~1',
    'git tag -a v1.0 -m "First release"',
    'git branch merged HEAD~1',
  ];
  await client.ok(['sh', '-c', make.join(' && ')], { cwd });
  await git('push', '-q', '--mirror', scene.pipe.url(project));
});

test('lists branches by name, by date and by a part of the name', async () => {
  expect(names(await api.get(at('branches')))).toEqual(['main', 'merged', 'topic/one']);
  expect(names(await api.get(at('branches?sort=updated_desc')))[0]).toBe('main');
  expect(names(await api.get(at('branches?search=E')))).toEqual(['merged', 'topic/one']);
  expect(names(await api.get(at('branches?search=^m')))).toEqual(['main', 'merged']);
  expect(names(await api.get(at('branches?search=one$')))).toEqual(['topic/one']);
  const page = await api.get(at('branches?per_page=1&page=2'));
  expect([names(page), page.headers.get('x-total'), page.headers.get('x-next-page')]).toEqual([['merged'], '3', '3']);
  expect((await api.get(at('branches?sort=size'))).status).toBe(400);
});

test('shows a branch as GitLab does, and its HEAD without a body', async () => {
  const id = await git('rev-parse', 'main');
  expect((await api.get(at('branches/main'))).body).toEqual({
    name: 'main',
    merged: false,
    protected: true,
    default: true,
    developers_can_push: true,
    developers_can_merge: true,
    can_push: true,
    web_url: `http://postern.test/${project.full_path}/-/branches?search=main`,
    commit: {
      id,
      short_id: id.slice(0, 8),
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000[+-]\d\d:\d\d$/),
      parent_ids: [await git('rev-parse', 'main~1')],
      title: 'Add folders',
      message: 'Add folders\n\nA body',
      author_name: expect.any(String),
      author_email: expect.any(String),
      authored_date: '2027-02-14T08:00:00.000+01:00',
      committer_name: expect.any(String),
      committer_email: expect.any(String),
      committed_date: expect.any(String),
      trailers: {},
      extended_trailers: {},
      web_url: `http://postern.test/${project.full_path}`,
    },
  });
  const topic = await api.get(at('branches/topic%2Fone'));
  expect(topic.body).toMatchObject({ name: 'topic/one', merged: false, protected: false, default: false });
  expect((await api.get(at('branches/merged'))).body.merged).toBe(true);
  expect((await fetchRaw('branches/main', { method: 'HEAD' })).status).toBe(200);
  for (const name of ['none', 'topic', '--all', 'ma*', 'main~1', 'v1.0', 'x'.repeat(3000)])
    expect(await api.get(at(`branches/${encodeURIComponent(name)}`))).toMatchObject({
      status: 404,
      body: { message: '404 Branch Not Found' },
    });
});

test('lists and shows tags, of which an annotated one has a message', async () => {
  expect(names(await api.get(at('tags?order_by=name&sort=asc')))).toEqual(['light', 'v1.0']);
  expect(names(await api.get(at('tags?order_by=version')))).toEqual(['v1.0', 'light']);
  expect(names(await api.get(at('tags?search=^v')))).toEqual(['v1.0']);
  const commit = await git('rev-parse', 'v1.0^{commit}');
  expect((await api.get(at('tags/v1.0'))).body).toMatchObject({
    name: 'v1.0',
    message: 'First release',
    target: await git('rev-parse', 'v1.0'),
    commit: { id: commit, title: 'Add folders' },
    release: null,
    protected: false,
    created_at: expect.stringMatching(/Z$/),
  });
  const light = { message: '', target: await git('rev-parse', 'light'), created_at: null };
  expect((await api.get(at('tags/light'))).body).toMatchObject(light);
  expect(await api.get(at('tags/main'))).toMatchObject({ status: 404, body: { message: '404 Tag Not Found' } });
});

test('lists folders before files, with subfolders, and in pages of either kind', async () => {
  const top = await api.get(at('tree'));
  expect(top.rows.map(({ name, type, mode }) => [name, type, mode])).toEqual([
    ['src', 'tree', '040000'],
    ['file.txt', 'blob', '100644'],
    ['large', 'blob', '100644'],
  ]);
  expect(top.rows[1]).toEqual({
    id: await git('rev-parse', 'main:file.txt'),
    name: 'file.txt',
    type: 'blob',
    path: 'file.txt',
    mode: '100644',
  });
  const all = await api.get(at('tree?recursive=true&per_page=100'));
  const paths = all.rows.map(({ path }) => path);
  expect(paths).toEqual(['src', 'src/deep', 'file.txt', 'large', 'src/deep/file.c', 'src/grün ?.bin']);
  expect((await api.get(at('tree?path=src/deep/&ref=v1.0'))).rows).toMatchObject([{ path: 'src/deep/file.c' }]);
  expect((await api.get(at('tree?ref=topic/one'))).rows).toMatchObject([{ path: 'file.txt' }]);
  const page = await api.get(at('tree?recursive=true&per_page=2&page=3'));
  expect([page.rows.map(({ path }) => path), page.headers.get('x-total')]).toEqual([paths.slice(4), '6']);

  let next: string | undefined = at('tree?recursive=true&per_page=4&pagination=keyset');
  const found: string[] = [];
  for (let pages = 0; next !== undefined && pages < 5; pages++) {
    const answer: Answer = await api.get(next);
    found.push(...answer.rows.map(({ path }) => path));
    next = /<http:\/\/postern\.test\/api\/v4([^>]+)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1];
  }
  expect(found).toEqual(paths);
  expect((await api.get(at('tree?pagination=keyset&page_token=none'))).status).toBe(400);
});

test('a tree without its revision or folder is 404, and one that git must not see 400', async () => {
  for (const query of ['ref=none', 'path=none', 'path=file.txt', `ref=${'a'.repeat(40)}`])
    expect(await api.get(at(`tree?${query}`))).toMatchObject({ status: 404, body: { message: '404 Tree Not Found' } });
  for (const query of ['ref=--output=x', 'ref=main~1', 'path=../a', 'ref=a..b', 'path=/etc'])
    expect((await api.get(at(`tree?${query}`))).status).toBe(400);
});

test('a file in JSON, and its properties in the headers of HEAD', async () => {
  const path = encodeURIComponent('src/deep/file.c');
  const commit = await git('rev-parse', 'main');
  const properties = {
    file_name: 'file.c',
    file_path: 'src/deep/file.c',
    size: 5,
    encoding: 'base64',
    content_sha256: new Bun.CryptoHasher('sha256').update('deep\n').digest('hex'),
    ref: 'main',
    blob_id: await git('rev-parse', 'main:src/deep/file.c'),
    commit_id: commit,
    last_commit_id: commit,
    execute_filemode: true,
  };
  const file = await api.get(at(`files/${path}?ref=main`));
  expect(file.body).toEqual({ ...properties, content: Buffer.from('deep\n').toString('base64') });
  const head = await fetchRaw(`files/${path}?ref=main`, { method: 'HEAD' });
  expect([head.status, await head.text()]).toEqual([200, '']);
  for (const [name, value] of Object.entries(properties))
    expect(head.headers.get(`x-gitlab-${name.replaceAll('_', '-')}`)).toBe(String(value));
  const old = await api.get(at('files/file.txt?ref=main'));
  expect(old.body).toMatchObject({ commit_id: commit, last_commit_id: await git('rev-parse', 'main~1') });
});

test('the bytes of a file, as text or as bytes, and nothing when the client has them', async () => {
  const text = await fetchRaw(`files/${encodeURIComponent('src/deep/file.c')}/raw`);
  expect([await text.text(), text.headers.get('content-type')]).toEqual(['deep\n', 'text/plain; charset=utf-8']);
  expect(text.headers.get('x-content-type-options')).toBe('nosniff');
  expect(text.headers.get('x-gitlab-file-path')).toBe('src/deep/file.c');
  const etag = text.headers.get('etag') ?? '';
  const again = await fetchRaw(`files/${encodeURIComponent('src/deep/file.c')}/raw`, {
    headers: { 'If-None-Match': etag },
  });
  expect(again.status).toBe(304);
  const bytes = await fetchRaw(`files/${encodeURIComponent('src/grün ?.bin')}/raw?ref=main`);
  expect(bytes.headers.get('content-disposition')).toBe(
    `inline; filename="gr_n ?.bin"; filename*=UTF-8''gr%C3%BCn%20%3F.bin`,
  );
  expect([...(await bytes.bytes())]).toEqual([0, 1]);
  expect(bytes.headers.get('content-type')).toBe('application/octet-stream');
  expect(bytes.headers.get('x-gitlab-file-name')).toBe('gr%C3%BCn ?.bin');
  const large = await fetchRaw('files/large/raw');
  expect([large.headers.get('content-length'), (await large.bytes()).length]).toEqual(['2000000', 2_000_000]);
  const head = await fetchRaw('files/large/raw', { method: 'HEAD' });
  expect([head.status, head.headers.get('content-length')]).toEqual([200, '2000000']);
});

test('a file that is missing, a folder and a link are 404; a file needs a ref', async () => {
  for (const [path, ref] of [
    ['none', 'main'],
    ['src', 'main'],
    ['file.txt', 'none'],
    ['large', 'topic/one'],
  ] as const)
    for (const raw of ['', '/raw'])
      expect(await api.get(at(`files/${encodeURIComponent(path)}${raw}?ref=${encodeURIComponent(ref)}`))).toMatchObject(
        { status: 404, body: { message: '404 File Not Found' } },
      );
  expect(await api.get(at('files/file.txt'))).toMatchObject({ status: 400, body: { error: 'ref is missing' } });
  expect((await api.get(at('files/..%2Fconfig?ref=main'))).status).toBe(400);
});

test('a blob by its full id, in JSON and as bytes', async () => {
  const id = await git('rev-parse', 'main:src/deep/file.c');
  const content = Buffer.from('deep\n').toString('base64');
  expect((await api.get(at(`blobs/${id}`))).body).toEqual({ size: 5, encoding: 'base64', content, sha: id });
  expect(await (await fetchRaw(`blobs/${id}/raw`)).text()).toBe('deep\n');
  for (const other of [await git('rev-parse', 'main'), id.slice(0, 10), 'a'.repeat(40), 'main:file.txt'])
    expect((await api.get(at(`blobs/${encodeURIComponent(other)}`))).status).toBe(404);
});

test('an empty repository has no branches, tags or files', async () => {
  const empty = await scene.app.seed.project(await scene.app.seed.group());
  const path = `/projects/${empty.id}/repository`;
  for (const list of ['branches', 'tags'])
    expect(await api.get(`${path}/${list}`)).toMatchObject({ status: 200, body: [] });
  for (const missing of ['tree', 'files/README?ref=HEAD', 'branches/main', `blobs/${'a'.repeat(40)}`])
    expect((await api.get(`${path}/${missing}`)).status).toBe(404);
  expect((await api.post(`${path}/branches`, { branch: 'a', ref: 'main' })).status).toBe(400);
});
