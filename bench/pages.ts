import { PASSWORD } from '../test/support/seed.ts';
import { startServer } from '../test/support/server.ts';
import type { Benchmark, Figure } from './support/benchmark.ts';
import { figures, interleaved, median } from './support/statistics.ts';

const TOKENS = 500;
const ROUNDS = 9;
const REQUESTS = 100;
const CONCURRENCY = 20;
const LIMIT_MS = 30;

export const pages: Benchmark = {
  name: 'pages',
  title: `The repository settings page of a project with ${TOKENS} deploy tokens`,
  method:
    `By a maintainer who is signed in, over HTTP, from the request to the last byte; ${ROUNDS} rounds of ${REQUESTS} requests one after the other, and of ${REQUESTS} with ${CONCURRENCY} ` +
    'under way at any time, each in turns with the sign-in page, which asks for nothing and holds next to nothing. Medians of all requests of a round, then of the rounds.',
  columns: ['settings', 'sign-in page'],

  async run(say) {
    await using server = await startServer('sqlite', { POSTERN_LOG_LEVEL: 'info' });
    const { seed, services } = server;
    const project = await seed.project(await seed.group());
    for (let i = 0; i < TOKENS; i++) await seed.deployToken(project, { name: `machine ${i}` });
    const { id } = await seed.user({ username: 'ada', password: PASSWORD, admin: true });
    const secret = await services.sessions.begin(id, { ip: '127.0.0.1', agent: 'bench' });
    const headers = { Cookie: `postern=${secret.reveal()}`, Accept: 'text/html' };
    const settings = `${server.url}/${project.full_path}/-/settings/repository`;
    if (!(await (await fetch(settings, { headers })).text()).includes(`(${TOKENS})`))
      throw new Error('the page does not list all tokens');
    say(`${TOKENS} tokens made`);

    const compare = async (atOnce: number) => {
      const ours = () => latency(settings, headers, atOnce);
      const other = () => latency(`${server.url}/users/sign_in`, { Accept: 'text/html' }, atOnce);
      await interleaved(2, ours, other);
      const [a, b] = await interleaved(ROUNDS, ours, other);
      return { a: median(a), b: median(b) };
    };
    const figure = (what: string, { a, b }: { a: number; b: number }): Figure => ({
      what,
      ours: figures(a, 'ms'),
      other: figures(b, 'ms'),
      ratio: a / b,
      target: `under ${LIMIT_MS} ms`,
      met: a < LIMIT_MS,
    });
    return [figure('one at a time', await compare(1)), figure(`${CONCURRENCY} at once`, await compare(CONCURRENCY))];
  },
};

/** @returns the median of the time of single requests, in milliseconds. */
async function latency(url: string, headers: Record<string, string>, atOnce: number): Promise<number> {
  const times: number[] = [];
  let left = REQUESTS;
  const client = async () => {
    while (left-- > 0) {
      const begin = performance.now();
      const answer = await fetch(url, { headers });
      await answer.arrayBuffer();
      if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}`);
      times.push(performance.now() - begin);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, client));
  return median(times);
}
