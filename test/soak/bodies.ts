import { basic, privateToken } from '../support/app.ts';
import { residentMegabytes } from '../support/memory.ts';
import { addressOfRow, namedBy, nameOfRow } from '../support/row-address.ts';
import { ROOT_TOKEN, startServer, type TestServer } from '../support/server.ts';
import { type AimedBody, API_BODIES, aimedBodies, PAGE_BODIES, takesBody } from './body-kinds.ts';
import { type Probe, startProbe } from './probe.ts';

/** The longest that the event loop may be busy, in milliseconds. */
const MAX_STALL = 100;
/** The most memory above that of an idle server, in MiB. */
const MAX_MEMORY = 64;

interface Measured {
  name: string;
  status: number;
  stall: number;
  memory: number;
}

/**
 * Sends the largest body that each limit admits to every row whose body is parsed, one after the other.
 * @returns the worst of them, and those that exceed the limits.
 */
export async function largestBodies(): Promise<{ lines: string[]; problems: string[] }> {
  await using server = await startServer('sqlite', { POSTERN_LOG_LEVEL: 'info' });
  const group = await server.seed.group();
  const project = await server.seed.project(group);
  const bodies = [...rowBodies(server, group, project), ...(await aimedBodies(project))];
  using probe = startProbe(server.url);
  await Bun.sleep(1000);
  const measured: Measured[] = [];
  for (const body of bodies) measured.push(await measure(server, probe, body));
  const problems = measured.flatMap(problemsOf);
  if (server.logs.some((line) => line.includes('"fault"'))) problems.push('a fault is in the log');
  const worst = (key: 'stall' | 'memory') => measured.toSorted((a, b) => b[key] - a[key]).slice(0, 5);
  return {
    lines: [
      `${measured.length} bodies at their limits`,
      ...worst('stall').map(({ name, stall }) => `  ${stall.toFixed(0)} ms: ${name}`),
      ...worst('memory').map(({ name, memory }) => `  ${memory.toFixed(0)} MiB: ${name}`),
    ],
    problems,
  };
}

function problemsOf({ name, status, stall, memory }: Measured): string[] {
  const problems: string[] = [];
  if (status >= 500) problems.push(`${name}: ${status}`);
  if (stall >= MAX_STALL) problems.push(`${name}: the event loop was busy for ${stall.toFixed(0)} ms`);
  if (memory >= MAX_MEMORY) problems.push(`${name}: ${memory.toFixed(0)} MiB of memory`);
  return problems;
}

/** Each kind of body for each row of the API and of the pages that takes one. */
function rowBodies(
  server: TestServer,
  group: { id: number; full_path: string },
  project: { id: number; full_path: string },
): AimedBody[] {
  const named = namedBy(group, project);
  return server.protocols.flatMap(({ name, routes }) => {
    const kinds = name === 'api' ? API_BODIES : name === 'web' ? PAGE_BODIES : [];
    return routes.filter(takesBody).flatMap((row) => {
      const path = addressOfRow(row, named, 'path');
      if (path === null) return [];
      return kinds.map((kind) => ({ ...kind, name: `${nameOfRow(row)}, ${kind.name}`, method: row.method, path }));
    });
  });
}

async function measure(
  server: TestServer,
  probe: Probe,
  { name, method, path, headers, body }: AimedBody,
): Promise<Measured> {
  await probe.waits();
  const idle = residentMegabytes(server.pid, 'RssAnon');
  let most = idle;
  const looking = setInterval(() => {
    most = Math.max(most, residentMegabytes(server.pid, 'RssAnon'));
  }, 5);
  const credential = path.startsWith('/api/v4/') ? privateToken(ROOT_TOKEN) : basic('root', ROOT_TOKEN);
  const response = await fetch(server.url + path, { method, headers: { ...credential, ...headers }, body });
  await response.text();
  // The answer of a probe that waits behind the last step.
  await Bun.sleep(50);
  clearInterval(looking);
  return {
    name,
    status: response.status,
    stall: Math.max(0, ...(await probe.waits())),
    memory: ((most - idle) * 1e6) / 1024 ** 2,
  };
}
