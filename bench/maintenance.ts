import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Project } from '../src/domain/projects/projects.ts';
import { createClient, type TestClient } from '../test/support/client.ts';
import { repositoryUrl } from '../test/support/git.ts';
import { startServer, type TestServer } from '../test/support/server.ts';
import type { Benchmark, Figure } from './support/benchmark.ts';
import { figures, interleaved, median, medianRatio } from './support/statistics.ts';

const PUSHES = 10_000;
/** A day's pushes, between the full maintenance and the daily one. */
const MORE_PUSHES = 500;
const ROUNDS = 9;
const TARGET = 1.3;
const FILES = 200;

export const maintenance: Benchmark = {
  name: 'maintenance',
  title: 'A clone after 10,000 small pushes, beside a fresh `git repack -a -d -b`',
  method:
    `A repository as ${PUSHES} small pushes leave it: 8,000 as loose objects, 2,000 as packs of a few objects. It is maintained by Postern; ` +
    `a copy is repacked by \`git repack -a -d -b\`. Bare clones of both from the server, in turns, ${ROUNDS} times; medians. Then the same after ` +
    `${MORE_PUSHES} more pushes and the daily maintenance, which merges small packs.`,
  columns: ['maintained', 'fresh repack'],

  async run(say) {
    using client = createClient();
    await using server = await startServer('sqlite', { POSTERN_LOG_LEVEL: 'info' });
    const group = await server.seed.group();
    const pushed = await server.seed.project(group);
    const fresh = await server.seed.project(group);
    const token = await server.seed.deployToken(group, { scopes: ['read_repository'] });
    const cloneOf = (project: Project) => cloneTime(client, repositoryUrl(server, project, token));
    const maintain = async (full: boolean) => {
      const begin = performance.now();
      await server.services.repositories.maintain(pushed.id, { full, signal: new AbortController().signal });
      return performance.now() - begin;
    };
    const compare = async (what: string, tookMs: number): Promise<Figure> => {
      await repack(client, server, pushed, fresh);
      const [ours, theirs] = await interleaved(
        ROUNDS,
        () => cloneOf(pushed),
        () => cloneOf(fresh),
      );
      const ratio = medianRatio(ours, theirs);
      say(`${what}: ${ratio.toFixed(2)}, after ${(tookMs / 1000).toFixed(1)} s of maintenance`);
      const target = `at most ${TARGET}`;
      return {
        what,
        ours: figures(median(ours), 'ms'),
        other: figures(median(theirs), 'ms'),
        ratio,
        target,
        met: ratio <= TARGET,
      };
    };

    await client.ok(['git', 'ls-remote', repositoryUrl(server, pushed, token)]);
    await pushMany(client, pathOf(server, pushed), 0, PUSHES);
    say(`${PUSHES} pushes are stored`);
    const before = await cloneOf(pushed);
    say(`a clone before maintenance takes ${Math.round(before)} ms`);
    const full = await compare('after the full maintenance', await maintain(true));
    await pushMany(client, pathOf(server, pushed), PUSHES, MORE_PUSHES);
    const daily = await compare(`after ${MORE_PUSHES} more pushes and the daily maintenance`, await maintain(false));
    const without: Figure = {
      what: 'without maintenance',
      ours: figures(before, 'ms'),
      other: full.other,
      ratio: before / Number.parseFloat(full.other),
      target: '',
      met: null,
    };
    return [full, daily, without];
  },
};

const pathOf = ({ folder }: TestServer, { id }: Project) =>
  join(folder, 'repositories', (id % 256).toString(16).padStart(2, '0'), `${id}.git`);

/**
 * Stores commits as pushes do: most as loose objects, and each of the last fifth as a pack of its own. A commit changes
 * a line in one of 200 files.
 */
async function pushMany(client: TestClient, path: string, from: number, count: number): Promise<void> {
  const loose = from + Math.floor((count * 4) / 5);
  const git = ['git', '-c', 'core.fsync=none', '-c', 'fastimport.unpackLimit=0'];
  const fastImport = (at: string, stdin: string) =>
    client.ok([...git, '--git-dir', at, 'fast-import', '--quiet', '--force'], { stdin, timeoutSeconds: 1200 });
  const scratch = client.path('scratch.git');
  await client.ok(['git', 'clone', '-q', '--bare', '--shared', path, scratch], { timeoutSeconds: 600 });
  await fastImport(scratch, commits(from, loose, false));
  const unpack = `set -e
    git --git-dir "$1" rev-list --objects main \${3:+--not "$3"} | cut -d' ' -f1 |
      git --git-dir "$1" pack-objects -q --stdout | git -c core.fsync=none --git-dir "$2" unpack-objects -q
    git --git-dir "$2" update-ref refs/heads/main "$(git --git-dir "$1" rev-parse main)"`;
  const tip = (await client.run(['git', '--git-dir', path, 'rev-parse', '-q', '--verify', 'main'])).stdout.trim();
  await client.ok(['bash', '-c', unpack, '-', scratch, path, tip], { timeoutSeconds: 1200 });
  await rm(scratch, { recursive: true });
  await fastImport(path, commits(loose, from + count, true));
}

/** A stream for fast-import. @param packs a pack for each commit. */
function commits(from: number, to: number, packs: boolean): string {
  const parts: string[] = [];
  for (let i = from; i < to; i++) {
    const message = `Change ${i}\n`;
    const text = Array.from(
      { length: 60 },
      (_, line) => `line ${line} of file ${i % FILES}, ${line === i % 60 ? i : ''}\n`,
    ).join('');
    parts.push(`commit refs/heads/main\ncommitter A. Maintainer <maintainer@example.com> ${1_700_000_000 + i} +0000\n`);
    parts.push(`data ${message.length}\n${message}`);
    if (i === from && from > 0) parts.push('from refs/heads/main^0\n');
    parts.push(`M 100644 inline src/part${i % 20}/file${i % FILES}.txt\ndata ${text.length}\n${text}\n`);
    if (packs) parts.push('checkpoint\n\n');
  }
  return parts.join('');
}

/** Makes the peer: a copy of the repository, repacked by git. */
async function repack(client: TestClient, server: TestServer, from: Project, to: Project): Promise<void> {
  const path = pathOf(server, to);
  await rm(path, { recursive: true, force: true });
  await cp(pathOf(server, from), path, { recursive: true });
  await client.ok(['git', '--git-dir', path, 'multi-pack-index', 'write'], { timeoutSeconds: 600 });
  await client.ok(['git', '--git-dir', path, 'repack', '-a', '-d', '-b', '-q'], { timeoutSeconds: 1800 });
  await client.ok(['git', '--git-dir', path, 'pack-refs', '--all']);
}

async function cloneTime(client: TestClient, url: string): Promise<number> {
  const into = client.path('clone.git');
  const begin = performance.now();
  await client.ok(['git', 'clone', '--quiet', '--bare', url, into], { timeoutSeconds: 600 });
  const took = performance.now() - begin;
  await rm(into, { recursive: true });
  return took;
}
