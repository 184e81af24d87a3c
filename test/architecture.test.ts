import { expect, test } from 'bun:test';
import { basename, join } from 'node:path';
import { type FunctionSize, type Import, ROOT, readSourceTree, type SourceModule } from './support/source-tree.ts';

/**
 * The law of ARCHITECTURE.md: what each folder of `src` may import of ours. A folder may always import itself.
 * `types:` in front allows what is gone when the program runs.
 */
const LAW: Record<string, readonly string[]> = {
  lib: [],
  config: ['lib'],
  store: ['lib', 'types:config'],
  domain: ['lib', 'store'],
  authz: ['lib', 'types:domain'],
  gate: ['lib', 'domain', 'authz'],
  http: ['lib', 'gate', 'authz', 'domain/access', 'types:domain'],
  ssh: ['lib', 'gate', 'authz', 'domain/access', 'types:domain'],
  protocols: ['lib', 'http', 'domain', 'authz/permissions.ts'],
  api: ['lib', 'http', 'domain', 'authz/permissions.ts'],
  web: ['lib', 'http', 'domain', 'authz/permissions.ts'],
  tasks: ['lib', 'config', 'domain'],
  cli: ['lib', 'config', 'domain', 'app.ts'],
  'package-types.ts': ['http', 'domain', 'protocols'],
  'token-setups.ts': ['http', 'types:domain', 'protocols', 'package-types.ts'],
  'app.ts': ['*'],
  'main.ts': ['*'],
};

/** Packages that belong to one folder alone. */
const PACKAGES: Record<string, readonly string[]> = {
  kysely: ['src/store/'],
  'kysely/migration': ['src/store/'],
  pg: ['src/store/'],
  'bun:sqlite': ['src/store/'],
  'prom-client': ['src/http/'],
  zod: ['src/api/', 'src/http/', 'src/protocols/'],
  jose: ['src/domain/images/access-tokens.ts'],
};

/**
 * Packages that take long to load, for what few requests ask for: each is imported where it is used, so that no start
 * waits for it.
 */
const LAZY_PACKAGES = [
  'aws4fetch',
  'fast-xml-parser',
  'markdown-it',
  'pg',
  'prom-client',
  're2js',
  'tar-stream',
  'xz-decompress',
  'yauzl',
];

const FILE_LINES = 300;
const TEST_FILE_LINES = 400;
const FUNCTION_LINES = 40;
/** The most that an exception may have. */
const EXCEPTION_LINES = 60;

/** Files and functions over the budget, each with the reason why it is better whole. `path` or `path function`. */
const EXCEPTIONS: Record<string, string> = {
  'src/domain/images/uploads.ts createImageUploads': 'one factory: its methods share one closure',
  'src/domain/packages/changes.ts createPackageChanges': 'one factory: its methods share one closure',
  'src/domain/personal-tokens/personal-tokens.ts createPersonalTokens': 'one factory: its methods share one closure',
};

/**
 * Tables written as code: one line for each row is what makes them readable, however many rows there are. A table of
 * routes holds rows only: one with a handler in a row is a function as others are.
 */
const isTable = (path: string, { name, returnsFunctions }: FunctionSize) =>
  path.includes('/migrations/') || (/Routes$/.test(name) && !returnsFunctions);

const SAMPLES = 'test/support/style-samples/';
const everything = await readSourceTree('src', 'test', 'bench', 'script');
const tree = everything.filter(({ path }) => !path.startsWith(SAMPLES));
const source = tree.filter(({ path }) => path.startsWith('src/') && !isTest(path));

function isTest(path: string): boolean {
  return path.endsWith('.test.ts');
}

/** The key in LAW: the top folder, or the file if it is in none. */
const areaOf = (path: string) => path.split('/')[1] ?? '';

/** A protocol is a protocol of its own: it may not look into the one next door. */
const homeOf = (path: string) => {
  const [, area, protocol] = path.split('/');
  return area === 'protocols' ? `${area}/${protocol}` : area;
};

function isAllowed(from: SourceModule, { to, typeOnly }: Import): boolean {
  const inside = to.replace(/^src\//, '');
  if (homeOf(from.path) === homeOf(to)) return true;
  return (LAW[areaOf(from.path)] ?? []).some((rule) => {
    const [, types, target = ''] = /^(types:)?(.*)$/.exec(rule) ?? [];
    if (types && !typeOnly) return false;
    return target === '*' || inside === target || inside.startsWith(`${target}/`);
  });
}

test('every folder of src has its line in the law', () => {
  const areas = new Set(source.map(({ path }) => areaOf(path)));
  expect([...areas].filter((area) => !(area in LAW))).toEqual([]);
});

test('a folder imports only what the law allows', () => {
  const broken = source.flatMap((module) =>
    module.imports
      .filter(({ to }) => to.startsWith('src/'))
      .filter((found) => !isAllowed(module, found))
      .map(({ to, typeOnly }) => `${module.path} -> ${to}${typeOnly ? ' (types)' : ''}`),
  );
  expect(broken).toEqual([]);
});

test('the program imports nothing from its tests', () => {
  const broken = source.flatMap(({ path, imports }) =>
    imports
      .filter(({ to }) => /^(test|bench|script)\//.test(to) || /\.test\.tsx?$/.test(to))
      .map(({ to }) => `${path} -> ${to}`),
  );
  expect(broken).toEqual([]);
});

test('a package that belongs to one folder is imported there alone', () => {
  const broken = source.flatMap(({ path, imports }) =>
    imports
      .filter(({ to }) => PACKAGES[to]?.every((folder) => !path.startsWith(folder)))
      .map(({ to }) => `${path} -> ${to}`),
  );
  expect(broken).toEqual([]);
});

test('the server starts without what few requests need', () => {
  const started = new Set<string>();
  const load = (path: string) => {
    if (started.has(path)) return;
    started.add(path);
    const found = source.find((module) => module.path === path);
    for (const { to } of found?.imports.filter(({ typeOnly, late }) => !typeOnly && !late) ?? []) load(to);
  };
  load('src/cli/serve.ts');
  expect(started).toContain('kysely');
  expect(LAZY_PACKAGES.filter((name) => started.has(name))).toEqual([]);
});

test('only src/config reads the environment', () => {
  const readers = source.filter(({ environmentReads }) => environmentReads.length > 0).map(({ path }) => path);
  expect(readers.filter((path) => !path.startsWith('src/config/'))).toEqual([]);
  expect(readers).toContain('src/config/env.ts');
});

test('authz does no input and no output', () => {
  const broken = source
    .filter(({ path }) => path.startsWith('src/authz/'))
    .flatMap(({ path, imports }) =>
      imports.filter(({ to }) => !to.startsWith('src/')).map(({ to }) => `${path} -> ${to}`),
    );
  expect(broken).toEqual([]);
});

test('no import circle, imports of types included', () => {
  const next = new Map(source.map(({ path, imports }) => [path, imports.map(({ to }) => to)]));
  const done = new Set<string>();
  const circles: string[] = [];
  const walk = (path: string, way: string[]) => {
    if (way.includes(path)) circles.push([...way.slice(way.indexOf(path)), path].join(' -> '));
    if (done.has(path) || way.includes(path)) return;
    for (const to of next.get(path) ?? []) walk(to, [...way, path]);
    done.add(path);
  };
  for (const { path } of source) walk(path, []);
  expect(circles).toEqual([]);
});

test('the folders of all protocols have the same files', () => {
  const protocols = Map.groupBy(
    source.filter(({ path }) => path.startsWith('src/protocols/')),
    ({ path }) => path.split('/')[2] ?? '',
  );
  const missing = [...protocols].flatMap(([protocol, modules]) =>
    ['index.ts', 'routes.ts', 'handlers.ts', 'format.ts', 'errors.ts']
      .filter((name) => !modules.some(({ path }) => path === `src/protocols/${protocol}/${name}`))
      .map((name) => `${protocol}/${name}`),
  );
  expect(missing).toEqual([]);
});

/** The files and folders on the path of every request, where a value may be there already, and the reason of each. */
const MAYBE_PROMISE: Readonly<Record<string, string>> = {
  'src/gate/': 'authenticates each request',
  'src/http/dispatch.ts': 'calls the gate, then the handler',
  'src/http/find-target.ts': 'finds the facts for the gate',
  'src/http/route.ts': 'declares the resolvers of targets that the gate calls',
  'src/protocols/oci/access.ts': 'is such a resolver: it finds the project of an image',
  'src/domain/access/facts.ts': 'looks up the facts for the gate',
  'src/domain/deploy-tokens/deploy-tokens.ts': 'looks up a deploy token for the gate',
  'src/store/db/prepared.ts': 'runs these look-ups: SQLite answers at once, PostgreSQL with a promise',
  'src/store/tables/projects.ts': 'finds a project by its possible paths, for the facts',
  'src/domain/images/manifests.ts': 'finds a manifest by its tag: the most frequent request, one more look-up',
  'src/protocols/oci/manifest-handlers.ts': 'answers that request',
};

test('MaybePromise stays with the gate and the look-ups of every request: everything else is async', () => {
  const users = source
    .filter(({ imports }) => imports.some(({ to }) => to === 'src/lib/maybe-promise.ts'))
    .map(({ path }) => path);
  const allowed = Object.keys(MAYBE_PROMISE);
  const isIn = (place: string) => (path: string) => (place.endsWith('/') ? path.startsWith(place) : path === place);
  expect(users.filter((path) => !allowed.some((place) => isIn(place)(path)))).toEqual([]);
  expect(allowed.filter((place) => !users.some(isIn(place)))).toEqual([]);
});

test('files are named in kebab-case, and none is a drawer for odds and ends', () => {
  const names = tree.filter(({ path }) => {
    const name = basename(path).replace(/(\.test|\.d)?\.tsx?$/, '');
    return !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) || /^(utils?|helpers?|misc|common)$/.test(name);
  });
  expect(names.map(({ path }) => path)).toEqual([]);
});

test('every file with JSX says whose JSX it is: the runtime looks that up in the folder it was started from', async () => {
  const files = tree.map(({ path }) => path).filter((path) => path.endsWith('.tsx'));
  const heads = await Promise.all(files.map(async (path) => (await Bun.file(join(ROOT, path)).text()).split('\n')[0]));
  expect(files.filter((_, i) => heads[i] !== '/** @jsxImportSource hono/jsx */')).toEqual([]);
});

test(`files stay within ${FILE_LINES} lines and functions within ${FUNCTION_LINES}, or say why not`, () => {
  const files = tree
    .filter(({ path, lines }) => lines - 1 > (isTest(path) ? TEST_FILE_LINES : FILE_LINES))
    .map(({ path }) => path);
  const functions = source.flatMap(({ path, functions }) =>
    functions
      .filter((each) => each.ownLines > FUNCTION_LINES && !isTable(path, each))
      .map(({ name, ownLines }) => ({ item: `${path} ${name}`, ownLines })),
  );
  const over = [...files, ...functions.map(({ item }) => item)];
  expect(over.filter((item) => !(item in EXCEPTIONS))).toEqual([]);
  // An exception that is not needed any more is taken off the list.
  expect(Object.keys(EXCEPTIONS).filter((item) => !over.includes(item))).toEqual([]);
  expect(functions.filter(({ ownLines }) => ownLines > EXCEPTION_LINES)).toEqual([]);
});

test('no line is saved by a literal spread into a literal, or by a declaration of several names from an array', () => {
  expect(tree.flatMap(({ path, packedLines }) => packedLines.map((line) => `${path}:${line}`))).toEqual([]);
});

test('no test waits for a promise with rejects or resolves of expect: test/support/rejection.ts says why', async () => {
  const files = tree.map(({ path }) => path).filter(isTest);
  const texts = await Promise.all(files.map((path) => Bun.file(join(ROOT, path)).text()));
  expect(files.filter((_, i) => /\)\s*\.(rejects|resolves)\s*\./.test(texts[i] ?? ''))).toEqual([]);
});

test('comments stay within 120 columns', () => {
  expect(tree.flatMap(({ path, longComments }) => longComments.map((line) => `${path}:${line}`))).toEqual([]);
});

test('the checks of style find what breaks them', () => {
  const samples = everything.filter(({ path }) => path.startsWith(SAMPLES));
  expect(samples.map(({ path }) => basename(path))).toEqual(['breaks-style.ts', 'keeps-style.ts']);
  const [breaks, keeps] = samples;
  expect(breaks?.packedLines).toHaveLength(3);
  expect(breaks?.longComments).toHaveLength(1);
  expect(breaks?.functions.filter((each) => isTable('', each))).toEqual([]);
  expect(keeps?.packedLines).toEqual([]);
  expect(keeps?.longComments).toEqual([]);
  expect(keeps?.functions.filter((each) => isTable('', each)).map(({ name }) => name)).toEqual(['tableRoutes']);
});
