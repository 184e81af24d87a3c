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
const titles = ({ rows }: Answer) => rows.map(({ title }) => title);

beforeAll(async () => {
  const { seed } = scene.app;
  token = (await seed.user({ admin: true })).token;
  api = apiClient(scene.app, token);
  project = await seed.project(await seed.group(), { path: 'app' });
  cwd = await makeRepository(client, 'source', 3);
  await git('branch', 'topic/one');
  await addCommits(client, cwd, 1, 'topic/one');
  const make = [
    'git checkout -q main',
    'mkdir src',
    'for n in a b c d e f; do echo "this is the line $n"; done > src/old',
    'printf "\\000" > binary',
    'git add -A',
    'git commit -q -m "Add files" --author="Other <other@example.com>"',
    'git mv src/old src/new',
    'sed -i s/c$/X/ src/new && printf "\\rdiff --git a/x b/x\\n" >> src/new',
    'rm file.txt',
    'ln -s src/new file.txt',
    'chmod +x binary',
    'git add -A',
    'git commit -q -m "Move files" -m "A body"',
    'git merge -q --no-edit topic/one -s ours -m Merge',
    'git tag v1',
  ];
  await client.ok(['sh', '-c', make.join(' && ')], { cwd });
  await git('push', '-q', '--mirror', scene.pipe.url(project));
});

test('lists commits of a ref, of a path, of an author and between instants, in pages without a total', async () => {
  expect(titles(await api.get(at('commits?first_parent=true')))).toEqual([
    'Merge',
    'Move files',
    'Add files',
    'commit 3',
    'commit 2',
    'commit 1',
  ]);
  expect(titles(await api.get(at('commits?ref_name=topic/one&per_page=1')))).toEqual(['commit 4 on topic/one']);
  expect(titles(await api.get(at('commits?path=src/&first_parent=true')))).toEqual(['Move files', 'Add files']);
  expect(titles(await api.get(at('commits?author=OTHER@')))).toEqual(['Add files']);
  expect(titles(await api.get(at('commits?author=.*')))).toEqual([]);
  const until = new Date(1000 * 1_700_000_002).toISOString();
  expect(titles(await api.get(at(`commits?until=${until}`)))).toEqual(['commit 2', 'commit 1']);
  expect(titles(await api.get(at(`commits?until=${until}&since=${until}`)))).toEqual(['commit 2']);
  expect((await api.get(at('commits?all=true'))).rows).toHaveLength(7);
  const page = await api.get(at('commits?ref_name=topic/one&per_page=2&page=2'));
  expect(titles(page)).toEqual(['commit 2', 'commit 1']);
  const first = await api.get(at('commits?per_page=2'));
  expect([first.headers.get('x-next-page'), first.headers.get('x-total')]).toEqual(['2', null]);
  expect(page.headers.get('x-next-page')).toBe('');
});

test('a list of commits is 404 without its ref, and 400 with one that git must not see', async () => {
  expect((await api.get(at('commits?ref_name=none'))).status).toBe(404);
  for (const query of ['ref_name=--all', 'ref_name=main~1', 'path=../x', 'path=%00', 'since=yesterday', 'author=%00'])
    expect((await api.get(at(`commits?${query}`))).status).toBe(400);
  expect(titles(await api.get(at('commits?page=900000000000000')))).toEqual([]);
  const empty = await scene.app.seed.project(await scene.app.seed.group());
  expect((await api.get(`/projects/${empty.id}/repository/commits`)).body).toEqual([]);
});

test('shows a commit by its id, a branch or a tag, with its changed lines', async () => {
  const id = await git('rev-parse', 'main~1');
  const commit = await api.get(at(`commits/${id}`));
  expect(commit.body).toMatchObject({
    id,
    title: 'Move files',
    message: 'Move files\n\nA body',
    project_id: project.id,
  });
  expect(commit.body.stats).toEqual({ additions: 3, deletions: 4, total: 7 });
  expect((await api.get(at(`commits/${id.slice(0, 10)}?stats=false`))).body.stats).toBeUndefined();
  expect((await api.get(at('commits/topic%2Fone'))).body.title).toBe('commit 4 on topic/one');
  expect((await api.get(at('commits/v1'))).body.parent_ids).toHaveLength(2);
  expect(await api.get(at('commits/none'))).toMatchObject({ status: 404, body: { message: '404 Commit Not Found' } });
  const { rows } = await api.get(at('commits?with_stats=true&first_parent=true'));
  expect(rows.map(({ stats }) => stats.total)).toEqual([0, 7, 6, 1, 1, 1]);
});

test('shows the changes of a commit, whatever the content looks like', async () => {
  const { rows } = await api.get(at(`commits/${await git('rev-parse', 'main~1')}/diff`));
  const common = { collapsed: false, too_large: false, generated_file: false };
  expect(rows).toEqual([
    {
      ...common,
      old_path: 'binary',
      new_path: 'binary',
      a_mode: '100644',
      b_mode: '100755',
      diff: '',
      new_file: false,
      renamed_file: false,
      deleted_file: false,
    },
    expect.objectContaining({ old_path: 'file.txt', a_mode: '100644', b_mode: '120000' }),
    {
      ...common,
      old_path: 'src/old',
      new_path: 'src/new',
      a_mode: '100644',
      b_mode: '100644',
      diff: [
        '@@ -1,6 +1,7 @@',
        ' this is the line a',
        ' this is the line b',
        '-this is the line c',
        '+this is the line X',
        ' this is the line d',
        ' this is the line e',
        ' this is the line f',
        '+\rdiff --git a/x b/x',
        '',
      ].join('\n'),
      new_file: false,
      renamed_file: true,
      deleted_file: false,
    },
  ]);
  expect(rows[1].diff).toBe(
    '@@ -1,3 +0,0 @@\n-line 1\n-line 2\n-line 3\n@@ -0,0 +1 @@\n+src/new\n\\ No newline at end of file\n',
  );
  const added = await api.get(at(`commits/${await git('rev-parse', 'main~2')}/diff?per_page=1`));
  expect(added.rows).toMatchObject([{ new_path: 'binary', new_file: true, a_mode: '0' }]);
  expect(added.rows[0].diff).toStartWith('Binary files /dev/null and b/binary differ');
  expect(added.headers.get('x-total')).toBe('2');
  const root = await api.get(at(`commits/${await git('rev-parse', 'main~5')}/diff`));
  expect(root.rows).toMatchObject([{ new_path: 'file.txt', diff: '@@ -0,0 +1 @@\n+line 1\n' }]);
});

test('a diff is bounded: of a file, and of all', async () => {
  const line = `${'x'.repeat(99)}\n`;
  await git('checkout', '-q', '-b', 'large', 'main~5');
  await Bun.write(`${cwd}/0`, line);
  for (let file = 1; file <= 40; file++) await Bun.write(`${cwd}/${file}`, line.repeat(1900));
  await Bun.write(`${cwd}/0large`, line.repeat(2100));
  await git('add', '-A');
  await git('commit', '-q', '-m', 'large');
  await git('push', '-q', scene.pipe.url(project), 'large');
  const { rows } = await api.get(at('commits/large/diff?per_page=100'));
  expect(rows).toHaveLength(42);
  expect(rows[0]).toMatchObject({ new_path: '0', too_large: false });
  expect(rows[1]).toMatchObject({ new_path: '0large', too_large: true, diff: '' });
  expect(rows.at(-1)).toMatchObject({ too_large: true, diff: '' });
  expect(rows.reduce((sum, { diff }) => sum + diff.length, 0)).toBeLessThan(5 * 1024 * 1024);
});

test('compares from the common ancestor, or straight', async () => {
  const compared = await api.get(at('compare?from=topic/one&to=v1'));
  expect(compared.body.commits.map(({ title }: { title: string }) => title)).toEqual([
    'Add files',
    'Move files',
    'Merge',
  ]);
  expect(compared.body).toMatchObject({ commit: { title: 'Merge' }, compare_timeout: false, compare_same_ref: false });
  const id = await git('rev-parse', 'main~2');
  const paths = ({ body }: Answer) => body.diffs.map(({ new_path }: { new_path: string }) => new_path);
  expect(paths(await api.get(at(`compare?from=${id}&to=topic/one`)))).toEqual(['file.txt']);
  expect(paths(await api.get(at(`compare?from=${id}&to=topic/one&straight=true`)))).toEqual([
    'binary',
    'file.txt',
    'src/old',
  ]);
  expect((await api.get(at('compare?from=main&to=main'))).body).toMatchObject({
    commit: null,
    commits: [],
    diffs: [],
    compare_same_ref: true,
  });
  expect((await api.get(at('compare?from=main&to=none'))).status).toBe(404);
  expect((await api.get(at('compare?from=main'))).body.error).toBe('to is missing');
  expect((await api.get(at('compare?from=main..v1&to=main'))).status).toBe(400);
});

test('an archive of all files or of a folder, in each format', async () => {
  const id = await git('rev-parse', 'main');
  const get = (path: string, method = 'GET') =>
    scene.app.fetch(`/api/v4${at(path)}`, { method, headers: privateToken(token) });
  const list = async (path: string, suffix: string) => {
    const response = await get(path);
    expect([path, response.status]).toEqual([path, 200]);
    const file = client.path(`archive.${suffix}`);
    await Bun.write(file, await response.bytes());
    const command = suffix === 'zip' ? ['python3', '-m', 'zipfile', '-l', file] : ['tar', 'tf', file];
    return { names: (await client.ok(command)).stdout, headers: response.headers };
  };
  for (const [path, suffix] of [
    ['archive', 'tar.gz'],
    ['archive.tar.gz', 'tar.gz'],
    ['archive.tgz', 'tar.gz'],
    ['archive.tar', 'tar'],
    ['archive.zip', 'zip'],
  ] as const) {
    const { names, headers } = await list(path, suffix);
    expect(names).toContain(`app-main-${id}/src/new`);
    expect(headers.get('content-disposition')).toBe(`attachment; filename="app-main-${id}.${suffix}"`);
  }
  const part = await list('archive.tar?path=src&sha=topic%2Fone', 'tar').catch(() => null);
  expect(part).toBeNull();
  const { names } = await list('archive.tar?path=src/&sha=v1', 'tar');
  expect(names.trim().split('\n')).toEqual([`app-v1-${id}-src/`, `app-v1-${id}-src/src/`, `app-v1-${id}-src/src/new`]);
  expect((await list('archive.tar?path=binary', 'tar')).names).toContain('binary');
  expect((await get('archive', 'HEAD')).headers.get('content-type')).toBe('application/gzip');
  for (const [path, status] of [
    ['archive?sha=none', 404],
    ['archive?path=none', 404],
    ['archive?path=../x', 400],
    ['archive?sha=--output=x', 400],
    ['archive.tar.bz2', 406],
    ['archive?include_lfs_blobs=true', 400],
  ] as const)
    expect([path, (await get(path)).status]).toEqual([path, status]);
});
