import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { createClient } from '../../../test/support/client.ts';
import { addCommits, makeRepository, repositoryFolder } from '../../../test/support/git.ts';
import { thrown } from '../../../test/support/rejection.ts';
import { createGitPools } from './git-pool.ts';
import { isRevision, isTreePath } from './git-revision.ts';
import { createGitStore, type GitStore } from './git-store.ts';

const client = createClient();
let store: GitStore;
let source: string;
const root = client.path('repositories');
const ID = 300;
const never = new AbortController().signal;

beforeAll(async () => {
  const options = { root, path: process.env['PATH'] ?? '', pushBytes: 1e9, timeoutMs: 60_000, idleMs: 60_000 };
  const pools = createGitPools({ processes: 4, queue: 10, queueTimeoutMs: 10_000 });
  store = createGitStore({ ...options, shared: false, report: () => {} }, pools);
  source = await makeRepository(client, 'source', 3);
  const make = [
    'mkdir -p deep/er ":(glob)" -- -x',
    'echo deep > deep/er/file',
    'echo magic > ":(glob)/file"',
    'echo option > ./-x/--output=y',
    'printf "a\\nb" > "$(printf "new\\nline")"',
    'ln -s /etc/passwd link',
    'chmod +x deep/er/file',
    'head -c 100000 /dev/zero > large',
    'git add -A',
    'git commit -q -m "Add odd names" -m "A body"',
    'git tag -a v1 -m one',
    'git update-ref refs/heads/topic/one HEAD~1',
  ];
  await client.ok(['sh', '-c', make.join(' && ')], { cwd: source });
  const path = repositoryFolder(root, ID);
  mkdirSync(dirname(path), { recursive: true });
  await client.ok(['git', 'clone', '-q', '--bare', source, path]);
});
afterAll(() => client[Symbol.dispose]());

const read = (path: string, revision = 'main', maxBytes = 1000) => store.readFile(ID, { revision, path, maxBytes });
const textOf = async (path: string, revision?: string) => {
  const file = await read(path, revision);
  return file?.bytes ? new TextDecoder().decode(file.bytes) : null;
};
const list = (path: string, recursive = false, limit = 100) =>
  store.listTree(ID, { revision: 'main', path, recursive, limit });

test('a file by branch, tag, full name and commit id', async () => {
  const id = (await client.ok(['git', 'rev-parse', 'main'], { cwd: source })).stdout.trim();
  for (const revision of ['main', 'refs/heads/main', 'v1', 'HEAD', id, id.slice(0, 10)])
    expect(await textOf('deep/er/file', revision)).toBe('deep\n');
  expect(await textOf('file.txt', 'topic/one')).toBe('line 1\nline 2\nline 3\n');
  expect(await read('deep/er/file', 'topic/one')).toBeNull();
});

test('a file that is larger than the bound is not read', async () => {
  expect(await read('large', 'main', 99_999)).toMatchObject({ size: 100_000, bytes: null });
  expect((await read('large', 'main', 100_000))?.bytes).toHaveLength(100_000);
});

test('a path without a file yields none: a link, a folder, a missing revision or path, an unused repository', async () => {
  for (const path of ['link', 'deep', 'none', 'deep/er/file/x', '']) expect(await read(path)).toBeNull();
  expect(await read('file.txt', 'none')).toBeNull();
  expect(await store.readFile(ID + 1, { revision: 'main', path: 'file.txt', maxBytes: 10 })).toBeNull();
});

test('names that look like options or patterns are names', async () => {
  expect(await textOf(':(glob)/file')).toBe('magic\n');
  expect(await textOf('-x/--output=y')).toBe('option\n');
  expect(await textOf('new\nline')).toBe('a\nb');
  expect((await list('-x'))?.entries.map(({ path }) => path)).toEqual(['-x/--output=y']);
  expect((await list(':(glob)'))?.entries.map(({ path }) => path)).toEqual([':(glob)/file']);
  const log = await store.log(ID, { revision: 'main', path: '-x/--output=y', skip: 0, limit: 10 });
  expect(log?.map(({ message }) => message)).toEqual(['Add odd names\n\nA body']);
});

test('the entries of a folder, and of all below it, up to a bound', async () => {
  const top = await list('');
  expect(top?.entries.find(({ path }) => path === 'large')).toMatchObject({
    mode: '100644',
    kind: 'blob',
    size: 100_000,
  });
  expect(top?.entries.find(({ path }) => path === 'deep')).toMatchObject({ mode: '040000', kind: 'tree', size: null });
  expect((await list('deep', true))?.entries.map(({ path }) => path)).toEqual(['deep/er', 'deep/er/file']);
  expect((await list('', true, 3))?.entries).toHaveLength(3);
  const count = top?.entries.length ?? 0;
  expect([(await list('', false, count))?.more, (await list('', false, count - 1))?.more]).toEqual([false, true]);
  for (const path of ['none', 'file.txt', 'link']) expect(await list(path)).toBeNull();
});

test('the log, the newest first, in parts and of one path', async () => {
  const log = (path: string, skip: number, limit: number) => store.log(ID, { revision: 'main', path, skip, limit });
  const all = await log('', 0, 10);
  expect(all?.map(({ message }) => message.split('\n')[0])).toEqual([
    'Add odd names',
    'commit 3',
    'commit 2',
    'commit 1',
  ]);
  expect(all?.[1]).toMatchObject({
    parents: [all?.[2]?.id],
    author: { name: 'A. Maintainer', email: 'maintainer@example.com', at: 1000 * 1_700_000_003 },
  });
  expect((await log('', 1, 2))?.map(({ id }) => id)).toEqual((all ?? []).slice(1, 3).map(({ id }) => id));
  expect(await log('file.txt', 0, 10)).toHaveLength(3);
  expect(await log('none', 0, 10)).toEqual([]);
  expect(await store.log(ID, { revision: 'none', path: '', skip: 0, limit: 1 })).toBeNull();
});

test('a message is cut off after 64 KiB', async () => {
  await addCommits(client, source, 1, 'long');
  await client.ok(['git', 'commit', '-q', '--amend', '-F', '-'], { cwd: source, stdin: 'm'.repeat(200_000) });
  const path = repositoryFolder(root, ID);
  await client.ok(['git', 'push', '-q', path, 'long'], { cwd: source });
  const [entry] = (await store.log(ID, { revision: 'long', path: '', skip: 0, limit: 1 })) ?? [];
  expect(entry?.message).toHaveLength(64 * 1024);
});

for (const format of ['tar', 'tar.gz', 'zip'] as const) {
  test(`an archive: ${format}`, async () => {
    const request = { revision: 'v1', format, prefix: 'project-1.0', maxBytes: 1e6, signal: never };
    const stream = await store.archive(ID, request);
    const bytes = await new Response(stream).bytes();
    const file = client.path(`archive.${format}`);
    await Bun.write(file, bytes);
    const command = format === 'zip' ? ['python3', '-m', 'zipfile', '-l', file] : ['tar', 'tf', file];
    const { stdout } = await client.ok(command);
    expect(stdout).toContain('project-1.0/deep/er/file');
  });
}

test('an archive that is larger than the bound ends in an error; so does one whose client leaves, and its git', async () => {
  const request = { revision: 'main', format: 'tar', prefix: 'p', maxBytes: 50_000, signal: never } as const;
  expect(await thrown(new Response(await store.archive(ID, request)).bytes())).toThrow('larger than 50000 bytes');
  const leaving = new AbortController();
  const stream = await store.archive(ID, { ...request, maxBytes: 1e9, signal: leaving.signal });
  await stream?.cancel();
  leaving.abort();
  for (let i = 0; i < 100 && store.counts().running > 0; i++) await Bun.sleep(50);
  expect(store.counts().running).toBe(0);
  expect(await store.archive(ID, { ...request, revision: 'none' })).toBeNull();
  expect(await store.archive(ID + 1, request)).toBeNull();
});

const REVISIONS = [
  '',
  '-x',
  '--output=/tmp/x',
  'a..b',
  'main~1',
  'main^',
  'main:file.txt',
  ':/text',
  'main@{1}',
  'a b',
  'a\nb',
  '/main',
  'main/',
  'a//b',
  '.a',
  'a/.b',
  'a.lock',
  'a*',
  'x'.repeat(2000),
];

test('a revision with an operator or an option of git is refused everywhere', async () => {
  for (const revision of REVISIONS) {
    expect(isRevision(revision)).toBe(false);
    const refused = [
      () => store.readFile(ID, { revision, path: 'a', maxBytes: 1 }),
      () => store.listTree(ID, { revision, path: '', recursive: false, limit: 1 }),
      () => store.log(ID, { revision, path: '', skip: 0, limit: 1 }),
      () => store.archive(ID, { revision, format: 'tar', prefix: 'p', maxBytes: 1, signal: never }),
    ];
    for (const ask of refused) expect(await thrown(ask())).toThrow('must be a branch, a tag or a commit id');
  }
  for (const good of ['main', 'topic/one', 'v1.0', 'HEAD', 'refs/heads/a-b', 'grün', 'a@b'])
    expect(isRevision(good)).toBe(true);
});

test('a path that leads out of the tree is refused', async () => {
  for (const path of ['..', '../a', 'a/../b', './a', '/a', 'a/', 'a//b', 'a\0b', 'x'.repeat(5000)]) {
    expect(isTreePath(path)).toBe(false);
    expect(await thrown(read(path))).toThrow('The path must be relative');
    expect(await thrown(list(path))).toThrow('The path must be relative');
  }
});

test('a prefix of an archive is one plain folder name', async () => {
  for (const prefix of ['', '..', '/a', 'a/b', '-a', 'a\nb', 'x'.repeat(300)]) {
    const request = { revision: 'main', format: 'tar', prefix, maxBytes: 1e6, signal: never } as const;
    expect(await thrown(store.archive(ID, request))).toThrow('plain folder name');
  }
});
