import type { RawSettings } from '../../src/config/settings.ts';
import type { Engine } from '../../src/store/db/database.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { CHURNERS, type Churn } from './churners.ts';
import { randomFrom } from './ledger.ts';
import { collectEverything, findAstray, findMissingBlobs } from './verify-blobs.ts';

export interface CollectSoakOptions {
  engine: Engine;
  seconds: number;
  seed: number;
  /** So short that what was deleted is garbage at once, and so long that a push on a busy machine is through before. */
  graceSeconds?: number;
  /** More of the environment of the server: where its blobs lie. */
  settings?: RawSettings;
  say?: (line: string) => void;
}

export interface CollectFigures {
  engine: Engine;
  seed: number;
  seconds: number;
  /**
   * Images pushed and pulled whole again, of their blobs the uploaded, mounted and found, and packages published and
   * fetched.
   */
  counts: Churn['counts'];
  collections: number;
  /** The removed objects. */
  removed: number;
  problems: string[];
}

/**
 * How much longer it goes on, at most, until something was removed: on a busy machine little is deleted in the time it
 * has.
 */
const PATIENCE_SECONDS = 100;

/**
 * Pushes, deletes and collects at once, for a while: every writer draws from one small pool of contents, so that what
 * one deletes another is just about to push, mount or publish. An acknowledged object must exist.
 */
export async function collectSoak({
  engine,
  seconds,
  seed,
  graceSeconds = 4,
  settings = {},
  say = () => {},
}: CollectSoakOptions): Promise<CollectFigures> {
  await using server = await startServer(engine, {
    POSTERN_LOG_LEVEL: 'info',
    POSTERN_GC_INTERVAL: '1',
    POSTERN_GC_GRACE: String(graceSeconds),
    ...settings,
  });
  const project = await server.seed.project(await server.seed.group());
  const enough = Date.now() + 1000 * seconds;
  const latest = Date.now() + 1000 * (seconds + PATIENCE_SECONDS);
  const churn: Churn = {
    server,
    projectPath: project.full_path,
    graceMs: 1000 * graceSeconds,
    goesOn: () => Date.now() < enough || (collectionsOf(server).removed === 0 && Date.now() < latest),
    random: randomFrom(seed),
    counts: { images: 0, uploaded: 0, mounted: 0, found: 0, packages: 0, deleted: 0 },
    problems: [],
  };
  const reporting = setInterval(() => say(`${engine}: ${JSON.stringify(churn.counts)}`), 10_000);
  await Promise.all(CHURNERS.map((work, index) => work(churn, index)));
  clearInterval(reporting);
  const { problems, counts } = churn;
  problems.push(...(await findMissingBlobs(server)));
  // It would be in the way, collecting itself.
  await server.stop();
  await collectEverything(server);
  problems.push(...(await findMissingBlobs(server)));
  problems.push(...(await findAstray(server)).map((path) => `not collected: ${path}`));
  return { engine, seed, seconds, counts, ...collectionsOf(server), problems };
}

/** The results of the server's own collections, from its log. */
function collectionsOf({ logs }: TestServer): { collections: number; removed: number } {
  const runs = logs
    .filter((line) => line.includes('"msg":"garbage collected"'))
    .map((line) => JSON.parse(line) as Record<'images' | 'files' | 'uploads' | 'leftovers', { count: number }>);
  const removed = runs.reduce((sum, { images, files, uploads, leftovers }) => {
    return sum + images.count + files.count + uploads.count + leftovers.count;
  }, 0);
  return { collections: runs.length, removed };
}

/** One line for people. */
export function collectSummary({
  engine,
  seconds,
  seed,
  counts,
  collections,
  removed,
  problems,
}: CollectFigures): string {
  const { images, uploaded, mounted, found, packages, deleted } = counts;
  return (
    `${engine}: ${seconds} s; ${images} images pushed and pulled (blobs: ${uploaded} uploaded, ${mounted} mounted, ${found} found), ` +
    `${packages} packages published and fetched, ${deleted} deleted; ${collections} collections removed ${removed}; ${problems.length} problems; seed ${seed}`
  );
}
