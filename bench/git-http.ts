import { rm } from 'node:fs/promises';
import { FLUSH, pktLine } from '../src/protocols/git/format.ts';
import { createClient, type TestClient } from '../test/support/client.ts';
import { ROOT_TOKEN, startServer } from '../test/support/server.ts';
import type { Benchmark, Figure } from './support/benchmark.ts';
import { startNginxGit } from './support/nginx-git.ts';
import { makeSampleRepository } from './support/sample-repository.ts';
import { figures, interleaved, median, medianRatio } from './support/statistics.ts';

const CLONES = 11;
const ROUNDS = 9;
const SECONDS = 4;
const CLIENTS = 4;

/** A repository on one of the servers, and the way in. */
interface Target {
  /** With the credential in it. */
  url: string;
  plainUrl: string;
  authorization: string;
}

export const gitHttp: Benchmark = {
  name: 'git-http',
  title: 'Git over HTTP, beside nginx + fcgiwrap + git http-backend',
  method:
    'A private repository of 300 commits and 30 MB, pushed to both. Both ask for Basic authentication, by a deploy token here and a password ' +
    `file there. ${CLONES} bare clones each by a real git; \`ls-remote\` for ${SECONDS} s by ${CLIENTS} at once, ${ROUNDS} times each: as the three requests that ` +
    'git makes for it (unauthorised, capabilities, refs), which leaves the processor to the servers, and by real gits, which take most of it themselves. In turns; medians.',
  columns: ['Postern', 'nginx'],

  async run(say) {
    using client = createClient();
    await using server = await startServer('sqlite', { POSTERN_LOG_LEVEL: 'info' });
    const project = await server.seed.project(await server.seed.group());
    const token = await server.seed.deployToken(project);
    await using peer = await startNginxGit(token.username, token.secret, CLIENTS);
    peer.init('sample.git');

    const path = `${project.full_path}.git`;
    const ours = target(server.url, path, token.username, token.secret);
    const theirs = target(peer.url, 'sample.git', token.username, token.secret);
    const sample = await makeSampleRepository(client, 'sample');
    for (const to of [target(server.url, path, 'root', ROOT_TOKEN), theirs])
      await client.ok(['git', '-C', sample, 'push', '--quiet', to.url, 'main'], { timeoutSeconds: 120 });
    say('pushed the sample to both');

    const clones = await compare(CLONES, (to) => cloneTime(client, to), ours, theirs);
    say(`clones: ${clones.ratio.toFixed(2)}`);
    const requests = await compare(ROUNDS, perSecond(listRefs), ours, theirs);
    say(`ls-remote as requests: ${requests.ratio.toFixed(2)}`);
    const gits = await compare(
      ROUNDS,
      perSecond((to) => lsRemote(client, to)),
      ours,
      theirs,
    );
    say(`ls-remote by git: ${gits.ratio.toFixed(2)}`);

    return [
      figure('clone', clones, 'ms', 'at most 1', clones.ratio <= 1),
      figure('ls-remote, the requests', requests, '/s', 'at least 1.5', requests.ratio >= 1.5),
      figure('ls-remote, by git', gits, '/s', '', null),
    ];
  },
};

type Compared = Awaited<ReturnType<typeof compare>>;

async function compare(rounds: number, measure: (target: Target) => Promise<number>, ours: Target, theirs: Target) {
  await interleaved(
    1,
    () => measure(ours),
    () => measure(theirs),
  );
  const [a, b] = await interleaved(
    rounds,
    () => measure(ours),
    () => measure(theirs),
  );
  return { a: median(a), b: median(b), ratio: medianRatio(a, b) };
}

const figure = (
  what: string,
  { a, b, ratio }: Compared,
  unit: string,
  target: string,
  met: boolean | null,
): Figure => ({
  what,
  ours: figures(a, unit),
  other: figures(b, unit),
  ratio,
  target,
  met,
});

function target(base: string, path: string, username: string, secret: string): Target {
  return {
    plainUrl: `${base}/${path}`,
    url: `${base.replace('://', `://${encodeURIComponent(username)}:${encodeURIComponent(secret)}@`)}/${path}`,
    authorization: `Basic ${btoa(`${username}:${secret}`)}`,
  };
}

async function cloneTime(client: TestClient, { url }: Target): Promise<number> {
  const into = client.path('clone.git');
  const begin = performance.now();
  await client.ok(['git', 'clone', '--quiet', '--bare', url, into]);
  const took = performance.now() - begin;
  await rm(into, { recursive: true });
  return took;
}

const lsRemote = async (client: TestClient, { url }: Target): Promise<string> =>
  (await client.ok(['git', 'ls-remote', url])).stdout;

const LIST_REFS = [
  pktLine('command=ls-refs\n'),
  pktLine('object-format=sha1'),
  '0001',
  pktLine('peel\n'),
  pktLine('symrefs\n'),
  FLUSH,
].join('');

/** The requests of `ls-remote` over protocol 2. https://git-scm.com/docs/protocol-v2 */
async function listRefs({ plainUrl, authorization }: Target): Promise<string> {
  const refs = `${plainUrl}/info/refs?service=git-upload-pack`;
  const headers = { 'Git-Protocol': 'version=2' };
  const refused = await fetch(refs, { headers });
  await refused.arrayBuffer();
  if (refused.status !== 401) throw new Error(`${refs} answered ${refused.status} without a credential`);
  const capabilities = await fetch(refs, { headers: { ...headers, Authorization: authorization } });
  if (!(await capabilities.text()).includes('ls-refs')) throw new Error(`${refs} answered ${capabilities.status}`);
  const answer = await fetch(`${plainUrl}/git-upload-pack`, {
    method: 'POST',
    headers: { ...headers, Authorization: authorization, 'Content-Type': 'application/x-git-upload-pack-request' },
    body: LIST_REFS,
  });
  return answer.text();
}

/** Has so many clients do it one after the other for a while. @returns how many were done in a second. */
const perSecond =
  (work: (target: Target) => Promise<string>) =>
  async (target: Target): Promise<number> => {
    const begin = performance.now();
    const end = begin + SECONDS * 1000;
    let done = 0;
    const loop = async () => {
      while (performance.now() < end) {
        const refs = await work(target);
        if (!refs.includes('refs/heads/main'))
          throw new Error(`no refs came from ${target.plainUrl}: ${refs.slice(0, 200)}`);
        done += 1;
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, loop));
    return (done * 1000) / (performance.now() - begin);
  };
