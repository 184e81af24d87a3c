import { Database } from 'bun:sqlite';
import { startApp } from '../test/support/app.ts';
import { npmTarball, publication } from '../test/support/npm-tarball.ts';
import type { Benchmark } from './support/benchmark.ts';
import { amongFewAndMany, type Store } from './support/few-and-many.ts';
import { figures } from './support/statistics.ts';

const FEW = 1000;
const MANY = 100_000;
const READS = 10_000;
const ROUNDS = 7;

export const packument: Benchmark = {
  name: 'packument',
  title: 'Reading a packument, among a thousand packages and among a hundred thousand',
  method:
    `A request with a deploy token for the abbreviated packument of a package drawn at random, through the whole server in process, on SQLite: ${ROUNDS} rounds of ${READS} ` +
    'on each database, one here and one there in turns; medians of single requests, then of the rounds. One package is published; the others are copies of its rows under other names.',
  columns: ['100,000 stored', '1,000 stored'],

  async run(say) {
    const plan = { few: FEW, many: MANY, what: 'packages', rounds: ROUNDS, reads: READS };
    const { few, many, ratio } = await amongFewAndMany(plan, storeOf, say);
    return [
      {
        what: 'median request',
        ours: figures(many, 'µs'),
        other: figures(few, 'µs'),
        ratio,
        target: 'at most 1.2',
        met: ratio <= 1.2,
      },
    ];
  },
};

const nameOf = (number: number) => `package-${String(number).padStart(6, '0')}`;

/** A server in this process with so many packages in one project. */
async function storeOf(count: number): Promise<Store> {
  const app = await startApp('sqlite');
  const project = await app.seed.project(await app.seed.group());
  const token = await app.seed.deployToken(project, { scopes: ['write_package_registry'] });
  const base = `/api/v4/projects/${project.id}/packages/npm`;
  const headers = { Authorization: `Bearer ${token.secret}`, Accept: 'application/vnd.npm.install-v1+json' };
  const first = { name: nameOf(0), version: '1.0.0', dependencies: { a: '^1.0.0', b: '^2.0.0' } };
  const body = JSON.stringify(publication(first, await npmTarball(first)));
  const published = await app.fetch(`${base}/${first.name}`, { method: 'PUT', headers, body });
  if (!published.ok) throw new Error(await published.text());
  await app.services.packages.documents.settled();
  copyPackage(app.path('postern.sqlite'), count);

  return {
    /** Reads one of them. @returns how long it took, in microseconds. */
    async read(): Promise<number> {
      const name = nameOf(Math.floor(Math.random() * count));
      const begin = performance.now();
      const response = await app.fetch(`${base}/${name}`, { headers: { ...headers, 'Accept-Encoding': 'gzip' } });
      const { byteLength } = await response.arrayBuffer();
      const took = (performance.now() - begin) * 1000;
      if (!response.ok || byteLength < 100) throw new Error(`${name}: ${response.status}, ${byteLength} bytes`);
      return took;
    },
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  };
}

const TABLES = ['packages', 'package_versions', 'package_files', 'package_properties', 'package_documents'];
/** Columns by which the rows of one package hang together. In a fresh database all of them are 1. */
const KEYS = ['id', 'package_id', 'version_id'];

/** Writes the rows of the one package once more for each other: by the services it would take minutes. */
function copyPackage(file: string, count: number): void {
  using db = new Database(file);
  db.transaction(() => {
    for (const table of TABLES) {
      const columns = (db.query(`pragma table_info(${table})`).all() as { name: string }[]).map(({ name }) => name);
      const values = columns.map((column) => {
        if (KEYS.includes(column)) return `${column} + i`;
        return table === 'packages' && column.startsWith('name') ? `printf('package-%06d', i)` : column;
      });
      db.run(
        `with recursive copies (i) as (select 1 union all select i + 1 from copies where i < ${count - 1})
          insert into ${table} (${columns}) select ${values} from (select * from ${table}) join copies`,
      );
    }
  })();
}
