/**
 * The attack: a secret was pushed and then forced away. A reader of the project who knows the id of its commit or file,
 * from a log or a message, fetches it by that id: in protocol 2 git sends any object that is stored.
 */
import { expect, test } from 'bun:test';
import { createGitPools } from '../../src/store/git/git-pool.ts';
import { createGitStore } from '../../src/store/git/git-store.ts';
import { pktLine } from '../../src/store/git/packets.ts';
import { appOverPipe } from '../support/app-over-pipe.ts';
import { PROGRAM_PATH } from '../support/client.ts';
import { makeRepository, repositoryFolder } from '../support/git.ts';

const scene = appOverPipe();
const { client } = scene;

/** A repository of three commits from which a fourth was forced away. */
async function forcedAway(folder: string) {
  const project = await scene.app.seed.project(await scene.app.seed.group(null, { visibility: 'public' }), {
    visibility: 'public',
  });
  const cwd = await makeRepository(client, folder, 3);
  const url = scene.pipe.url(project);
  const git = async (at: string, ...args: string[]) =>
    (await client.ok(['git', ...args], { cwd: at, env: scene.pipe.env })).stdout.trim();
  await Bun.write(`${cwd}/file.txt`, `the secret of ${folder}\n`);
  for (const step of ['checkout -q -b secret', 'commit -q -a -m secret', 'checkout -q main'])
    await git(cwd, ...step.split(' '));
  await git(cwd, 'push', '-q', url, 'main', 'secret');
  const id = (revision: string) => git(cwd, 'rev-parse', revision);
  const secret = { commit: await id('secret'), tree: await id('secret^{tree}'), blob: await id('secret:file.txt') };
  const old = { commit: await id('main~2'), tree: await id('main~2^{tree}'), blob: await id('main~2:file.txt') };
  await git(cwd, 'push', '-q', '-f', url, 'main:secret');
  return { project, cwd, url, git, secret, old };
}

async function post(project: { full_path: string }, body: string, protocol: '0' | '2'): Promise<string> {
  const response = await scene.app.fetch(`/${project.full_path}.git/git-upload-pack`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-git-upload-pack-request', 'Git-Protocol': `version=${protocol}` },
    body,
  });
  return Buffer.from(await response.arrayBuffer()).toString('latin1');
}

/** The answer to a fetch with these lines, in protocol 2 or 0. */
function ask(project: { full_path: string }, protocol: '0' | '2', [first = '', ...rest]: readonly string[]) {
  const others = rest.map((text) => pktLine(`${text}\n`)).join('');
  return post(
    project,
    protocol === '2'
      ? `${pktLine('command=fetch\n')}${pktLine('object-format=sha1\n')}0001${pktLine(`${first}\n`)}${others}${pktLine('done\n')}0000`
      : `${pktLine(`${first} ofs-delta\n`)}${others}0000${pktLine('done\n')}`,
    protocol,
  );
}

/** The answer to a request for one object, in one letter case or the other. */
const want = (project: { full_path: string }, id: string, protocol: '0' | '2') =>
  ask(project, protocol, [`want ${id}`]);

for (const maintained of [false, true])
  test(`objects that no ref leads to are not sent, ${maintained ? 'with' : 'without'} bitmaps; those of the history are`, async () => {
    const { project, secret, old, git, url } = await forcedAway(`forced-${maintained}`);
    if (maintained)
      await scene.app.services.repositories.maintain(project.id, { full: true, signal: new AbortController().signal });
    for (const protocol of ['2', '0'] as const) {
      for (const id of Object.values(secret)) {
        expect(await want(project, id, protocol)).toEndWith(`ERR upload-pack: not our ref ${id}`);
        expect(await want(project, id.toUpperCase(), protocol)).toContain('not our ref');
      }
      expect(await want(project, 'a'.repeat(40), protocol)).toContain('not our ref');
      for (const id of Object.values(old)) expect(await want(project, id, protocol)).toContain('PACK');
    }
    await git(client.work, 'init', '-q', `by-id-${maintained}`);
    const at = client.path(`by-id-${maintained}`);
    await git(at, 'fetch', '-q', url, old.commit);
    const refused = await client.run(['git', 'fetch', url, secret.commit], { cwd: at, env: scene.pipe.env });
    expect(refused.code).not.toBe(0);
    expect(refused.output).toContain(`not our ref ${secret.commit}`);
  });

test('nor are they read by their id for pages and the API', async () => {
  const { project, secret, old } = await forcedAway('read');
  const bare = repositoryFolder(scene.app.path('repositories'), project.id);
  await client.ok(['git', '--git-dir', bare, 'update-ref', 'refs/pipelines/1', secret.commit]);
  const options = {
    root: scene.app.path('repositories'),
    path: PROGRAM_PATH,
    pushBytes: 1e9,
    timeoutMs: 60_000,
    idleMs: 60_000,
  };
  const pools = createGitPools({ processes: 4, queue: 10, queueTimeoutMs: 10_000 });
  await using git = createGitStore({ ...options, shared: false, report: () => {} }, pools);
  for (const revision of [secret.commit, secret.commit.slice(0, 12), 'refs/pipelines/1', 'pipelines/1']) {
    const request = { revision, path: '', recursive: false, limit: 10, skip: 0, maxBytes: 1000 };
    expect(await git.listTree(project.id, request)).toBeNull();
    expect(await git.readFile(project.id, { ...request, path: 'file.txt' })).toBeNull();
    expect(await git.log(project.id, request)).toBeNull();
    const { signal } = new AbortController();
    expect(await git.archive(project.id, { ...request, format: 'tar', prefix: 'a', signal })).toBeNull();
  }
  for (const revision of ['main', old.commit, old.commit.slice(0, 12)])
    expect(await git.listTree(project.id, { revision, path: '', recursive: false, limit: 10 })).not.toBeNull();
});

test('nor does the REST API send them', async () => {
  const { project, secret, old } = await forcedAway('rest-api');
  const bare = repositoryFolder(scene.app.path('repositories'), project.id);
  await client.ok(['git', '--git-dir', bare, 'update-ref', 'refs/pipelines/1', secret.commit]);
  const status = async (path: string) =>
    (await scene.app.fetch(`/api/v4/projects/${project.id}/repository/${path}`)).status;
  const addresses = ({ commit, blob }: typeof secret) => [
    `blobs/${blob}`,
    `blobs/${blob}/raw`,
    `tree?ref=${commit}`,
    `files/file.txt?ref=${commit}`,
    `files/file.txt/raw?ref=${commit}`,
    `commits?ref_name=${commit}`,
    `commits/${commit}`,
    `commits/${commit}/diff`,
    `compare?from=main&to=${commit}`,
    `archive?sha=${commit}`,
  ];
  for (const path of [...addresses(secret), 'tree?ref=refs/pipelines/1', 'files/file.txt?ref=pipelines/1'])
    expect([path, await status(path)]).toEqual([path, 404]);
  const all = await scene.app.fetch(`/api/v4/projects/${project.id}/repository/commits?all=true`);
  expect(await all.text()).not.toContain(secret.commit);
  for (const path of addresses(old)) expect([path, await status(path)]).toEqual([path, 200]);
});

test('a partial clone fetches its files when they are needed, also those of old commits', async () => {
  const { cwd, url, git } = await forcedAway('partial');
  await git(client.work, 'clone', '-q', '--filter=blob:none', url, 'lazy');
  const lazy = client.path('lazy');
  for (const revision of ['HEAD', 'HEAD~1', 'HEAD~2'])
    expect(await git(lazy, 'show', `${revision}:file.txt`)).toBe(
      await git(cwd, 'show', `${revision.replace('HEAD', 'main')}:file.txt`),
    );
  await git(client.work, 'clone', '-q', '--filter=tree:0', url, 'treeless');
  await git(client.path('treeless'), 'checkout', '-q', 'HEAD~2');
});

test('an object is sent as soon as a ref leads to it again, and no longer when none does', async () => {
  const { project, cwd, url, git, secret } = await forcedAway('again');
  expect(await want(project, secret.blob, '2')).toContain('not our ref');
  await git(cwd, 'push', '-q', url, 'secret:refs/heads/back');
  expect(await want(project, secret.blob, '2')).toContain('PACK');
  await git(cwd, 'push', '-q', url, ':refs/heads/back');
  expect(await want(project, secret.blob, '2')).toContain('not our ref');
  expect(await want(project, secret.commit, '2')).toContain('not our ref');
});

/** A clone of the last commit of a branch of `commits` commits, which is then forced away. */
async function shallowForcedAway(folder: string, commits: number) {
  const forced = await forcedAway(folder);
  const { cwd, url, git } = forced;
  await git(cwd, 'checkout', '-q', '-b', 'topic');
  for (let at = 0; at < commits; at++) await git(cwd, 'commit', '-q', '--allow-empty', '-m', `topic ${at}`);
  await git(cwd, 'push', '-q', url, 'topic');
  await git(client.work, 'clone', '-q', '--depth=1', '-b', 'topic', url, `shallow-${folder}`);
  await git(cwd, 'push', '-q', '-f', url, 'main:topic');
  return { ...forced, at: client.path(`shallow-${folder}`), parent: await git(cwd, 'rev-parse', 'topic~1') };
}

test('nor as the parents of a commit that a client says its history ends at', async () => {
  const { git, cwd, url, at, parent } = await shallowForcedAway('ends', 2);
  const fetched = await client.run(['git', 'fetch', '--unshallow', url, 'main'], { cwd: at, env: scene.pipe.env });
  expect(fetched.output).toContain(`not our ref ${await git(cwd, 'rev-parse', 'topic')}`);
  expect((await client.run(['git', 'cat-file', '-e', parent], { cwd: at })).code).not.toBe(0);
});

test('a client may have the rest of a history that a ref leads to, also from a commit that was forced away', async () => {
  const { git, url, at, parent } = await shallowForcedAway('rest', 1);
  await git(at, 'fetch', '-q', '--depth=2', url, 'main');
  await git(at, 'fetch', '-q', '--unshallow', url, 'main');
  expect(await git(at, 'rev-list', '--count', parent)).toBe('3');
});

test('a depth is read as git reads it, and no command of protocol 2 says how large an object is', async () => {
  const { project, secret, git, cwd } = await forcedAway('spelled');
  const main = await git(cwd, 'rev-parse', 'main');
  await git(cwd, 'checkout', '-q', 'secret');
  await git(cwd, 'commit', '-q', '--allow-empty', '-m', 'above');
  await git(cwd, 'push', '-q', scene.pipe.url(project), 'secret:above');
  const above = await git(cwd, 'rev-parse', 'secret');
  await git(cwd, 'push', '-q', scene.pipe.url(project), ':above');
  for (const depth of ['2147483647', '0x7fffffff', '017777777777', ' 2147483647', '6442450943'])
    for (const protocol of ['2', '0'] as const)
      expect([depth, await ask(project, protocol, [`want ${main}`, `shallow ${above}`, `deepen ${depth}`])]).toEqual([
        depth,
        expect.stringContaining(`not our ref ${above}`),
      ]);
  expect(await ask(project, '2', [`want ${main}`, `shallow ${above}`, 'deepen 2'])).toContain('PACK');
  const size = [
    pktLine('command=object-info\n'),
    '0001',
    pktLine('size\n'),
    pktLine(`oid ${secret.blob}\n`),
    '0000',
  ].join('');
  expect(await post(project, size, '2')).toContain('The commands of protocol 2 are ls-refs and fetch.');
});
