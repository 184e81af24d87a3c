import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { Project } from '../../../src/domain/projects/projects.ts';
import { createClient, type TestClient } from '../../support/client.ts';
import { onOneEngine } from '../../support/engines.ts';
import { makeRepository, repositoryUrl, rootUrl } from '../../support/git.ts';
import { startServer, type TestServer } from '../../support/server.ts';

const COMMITS = 60;

onOneEngine('ways to fetch', (engine) => {
  let server: TestServer;
  let client: TestClient;
  let project: Project;
  let source: string;
  let url: string;
  beforeAll(async () => {
    server = await startServer(engine);
    client = createClient();
    const group = await server.seed.group();
    project = await server.seed.project(group);
    const token = await server.seed.deployToken(group);
    url = repositoryUrl(server, project, token);
    source = await makeRepository(client, 'source', COMMITS);
    await client.ok(['git', 'branch', 'side', 'main~10'], { cwd: source });
    await client.ok(['git', 'tag', '-a', 'v1', '-m', 'one', 'main~20'], { cwd: source });
    await client.ok(['git', 'push', '-q', rootUrl(server, project), 'main', 'side', 'v1'], { cwd: source });
  });
  afterAll(async () => {
    client[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  const git = async (cwd: string, ...args: string[]) =>
    (await client.ok(['git', ...args], { cwd: client.path(cwd) })).stdout.trim();

  test('protocols 0, 1 and 2 give the same repository', async () => {
    for (const version of ['0', '1', '2']) {
      const copy = `version-${version}`;
      const { stderr } = await client.ok(['git', '-c', `protocol.version=${version}`, 'clone', '-q', url, copy], {
        env: { GIT_TRACE_PACKET: '1' },
      });
      expect(stderr.includes('version 2')).toBe(version === '2');
      expect(stderr.includes('version 1')).toBe(version === '1');
      expect(await git(copy, 'rev-list', '--count', 'HEAD')).toBe(String(COMMITS));
      expect(await git(copy, 'fsck', '--full')).toBe('');
      const refs = await git(copy, 'ls-remote', '--symref', 'origin');
      expect(refs).toContain('ref: refs/heads/main\tHEAD');
      expect(refs).toContain('refs/tags/v1^{}');
    }
  });

  test('a shallow clone is deepened and then completed; also by date and by exclusion', async () => {
    for (const version of ['0', '2']) {
      const copy = `shallow-${version}`;
      await client.ok(['git', '-c', `protocol.version=${version}`, 'clone', '-q', '--depth=3', url, copy]);
      expect(await git(copy, 'rev-list', '--count', 'HEAD')).toBe('3');
      await git(copy, 'fetch', '-q', '--deepen=4');
      expect(await git(copy, 'rev-list', '--count', 'HEAD')).toBe('7');
      await git(copy, 'fetch', '-q', '--unshallow');
      expect(await git(copy, 'rev-list', '--count', 'HEAD')).toBe(String(COMMITS));
    }
    await client.ok(['git', 'clone', '-q', '--shallow-exclude=v1', url, 'excluded']);
    expect(await git('excluded', 'rev-list', '--count', 'HEAD')).toBe('20');
    await client.ok(['git', 'clone', '-q', `--shallow-since=@${1_700_000_000 + COMMITS - 4}`, url, 'since']);
    expect(await git('since', 'rev-list', '--count', 'HEAD')).toBe('5');
  });

  test('a partial clone has no blobs or trees and fetches them on demand', async () => {
    for (const [version, filter] of [
      ['0', 'blob:none'],
      ['2', 'blob:none'],
      ['2', 'tree:0'],
    ] as const) {
      const copy = `partial-${version}-${filter.replace(':', '-')}`;
      const args = [
        '-c',
        `protocol.version=${version}`,
        'clone',
        '-q',
        `--filter=${filter}`,
        '--no-checkout',
        url,
        copy,
      ];
      await client.ok(['git', ...args]);
      expect(await git(copy, 'rev-list', '--objects', '--missing=print', 'HEAD')).toContain('?');
      expect(await git(copy, 'show', 'HEAD~5:file.txt')).toContain(`line ${COMMITS - 5}`);
    }
  });

  test('a single branch, without tags', async () => {
    await client.ok(['git', 'clone', '-q', '--single-branch', '--no-tags', '-b', 'side', url, 'single']);
    expect(await git('single', 'for-each-ref', '--format=%(refname)')).toBe(
      'refs/heads/side\nrefs/remotes/origin/side',
    );
  });

  test('a large fetch request is sent compressed', async () => {
    for (const version of ['0', '2']) {
      // Commits that the server does not have: each is a line of the request.
      const cwd = await makeRepository(client, `much-${version}`, 200, 'own');
      const args = ['-c', `protocol.version=${version}`, 'fetch', '-q', url, 'main'];
      const { stderr } = await client.ok(['git', ...args], {
        cwd,
        env: { GIT_TRACE_CURL: '1', GIT_TRACE_CURL_NO_DATA: '1' },
      });
      expect(stderr).toContain('Content-Encoding: gzip');
      expect(await git(`much-${version}`, 'rev-list', '--count', 'FETCH_HEAD')).toBe(String(COMMITS));
    }
  });

  test('an empty repository, in both protocols', async () => {
    const empty = await server.seed.project(await server.seed.group());
    const token = await server.seed.deployToken(empty);
    for (const version of ['0', '2']) {
      const address = repositoryUrl(server, empty, token);
      const copy = `empty-${version}`;
      const { output } = await client.ok(['git', '-c', `protocol.version=${version}`, 'clone', address, copy]);
      expect(output).toContain('You appear to have cloned an empty repository.');
    }
    expect(await git('empty-2', 'symbolic-ref', 'HEAD')).toBe('refs/heads/main');
  });

  test('eight concurrent clones over few processes all succeed', async () => {
    const jobs = Array.from({ length: 8 }, (_, i) => client.ok(['git', 'clone', '-q', '--bare', url, `together-${i}`]));
    await Promise.all(jobs);
    expect(await git('together-7', 'rev-list', '--count', 'main')).toBe(String(COMMITS));
  });
});
