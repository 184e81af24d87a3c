import { afterAll, expect, test } from 'bun:test';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '../../test/support/client.ts';
import { onEachServer } from '../../test/support/on-each-app.ts';
import { freePort, freshPostgresUrl } from '../../test/support/postgres.ts';
import { scratchFolder } from '../../test/support/scratch.ts';
import { isSecret, SETTINGS } from '../config/settings.ts';
import { runCommandLine } from './command-line.ts';

const MAIN = join(import.meta.dir, '../main.ts');
const client = createClient();
afterAll(() => client[Symbol.dispose]());

/** Runs the program without the environment of the tests. */
const postern = (words: readonly string[], env: Record<string, string> = {}, stdin = '') =>
  client.run([process.execPath, MAIN, ...words], { env, stdin, timeoutSeconds: 20 });

/** The same in this process, without a start of the program. */
async function posternHere(words: readonly string[]) {
  const printed: string[] = [];
  const said: string[] = [];
  const code = await runCommandLine(words, {
    print: async (text) => void printed.push(text),
    say: async (text) => void said.push(text),
  });
  return { code, stdout: printed.join(''), stderr: said.join('') };
}

const isOneSentence = (text: string) => text.trim().split('\n').length === 1 && /\.\n$/.test(text);

test('every command lists its flags, and the overview lists every command', async () => {
  const overview = await postern(['--help']);
  expect(overview.code).toBe(0);
  for (const command of ['serve', 'admin create-user', 'admin reset-password', 'doctor', 'tasks', 'version']) {
    expect(overview.stdout).toContain(`  ${command} `);
    const help = await posternHere([...command.split(' '), '--help']);
    expect(help.code).toBe(0);
    expect(help.stdout).toStartWith(`postern ${command}: `);
  }
});

test('serve --help lists every setting as a flag and as a variable', async () => {
  const { stdout } = await posternHere(['serve', '--help']);
  for (const { env, flag } of SETTINGS) {
    if (!isSecret(env)) expect(stdout).toContain(`${flag} `);
    expect(stdout).toContain(env);
  }
});

test.each([
  [['frobnicate'], 'there is no command "frobnicate". postern --help'],
  [['serv'], 'there is no command "serv". Did you mean "serve"?'],
  [['admin', 'create-usr'], 'Did you mean "admin create-user"?'],
  [['repo', 'maintian', 'a/b'], 'Did you mean "repo maintain"?'],
  [['serve', '--lisen', ':80'], "unknown option '--lisen', did you mean --listen"],
  [['repo', 'maintain'], 'PATH is missing: postern repo maintain PATH'],
  [['repo', 'maintain', 'a', 'b'], "unexpected argument 'b'"],
  [
    ['serve', '--root-password', 'geheim12'],
    'use the environment variable POSTERN_ROOT_PASSWORD or POSTERN_ROOT_PASSWORD_FILE',
  ],
  [['serve', '--root-token', 'geheim12geheim12geheim12'], 'use the environment variable POSTERN_ROOT_TOKEN'],
  [['doctor', '--secret-key', 'geheim12'], 'use the environment variable POSTERN_SECRET_KEY'],
  [['gc', '--s3-secret-access-key', 'geheim12'], 'use the environment variable POSTERN_S3_SECRET_ACCESS_KEY'],
  [['serve', '--database-url', 'postgres://ann:geheim12@db/x'], 'use the environment variable POSTERN_DATABASE_URL'],
  [['serve', '--database-url', 'postgres://ann@db/x?password=geheim12'], 'POSTERN_DATABASE_URL_FILE'],
  [['admin'], 'postern admin create-user or postern admin reset-password'],
  [['admin', 'frobnicate'], 'there is no command "admin frobnicate"'],
  [['serve', '--frobnicate'], "unknown option '--frobnicate'"],
  [['serve', '--listen'], "'--listen"],
  [['serve', '--data', ''], '--data is empty'],
  [['serve', '--max-push-size', '-1'], 'the value of --max-push-size starts with a dash'],
  [['serve', 'here'], "unexpected argument 'here'"],
  [['admin', 'create-user', '--email', 'ann@example.com'], '--username is missing'],
  [['admin', 'create-user', '--username', 'ann', '--password', 'geheim12'], "unknown option '--password'"],
])('%j is refused in one line, with exit code 2', async (words, sentence) => {
  const ran = await posternHere(words);
  expect(`${ran.stdout}${ran.stderr}`).not.toContain('geheim12');
  expect(ran.stderr).toContain(sentence);
  expect(isOneSentence(ran.stderr)).toBe(true);
  expect([ran.code, ran.stdout]).toEqual([2, '']);
});

test('the program prints the refusal on standard error', async () => {
  const ran = await postern(['serve', '--root-password', 'geheim12']);
  expect(ran.output).not.toContain('geheim12');
  expect(ran.stderr).toContain('use the environment variable POSTERN_ROOT_PASSWORD');
  expect([ran.code, ran.stdout]).toEqual([2, '']);
});

test('without a command the overview is printed, with exit code 2', async () => {
  const ran = await postern([]);
  expect([ran.code, ran.stdout]).toEqual([2, '']);
  expect(ran.stderr).toContain('Usage: postern <command>');
});

const refused = async (settings: Record<string, string>, ...sentence: string[]) => {
  const ran = await postern(['serve'], {
    POSTERN_DATA: client.path('data'),
    POSTERN_LISTEN: '127.0.0.1:0',
    ...settings,
  });
  for (const part of sentence) expect(ran.stderr).toContain(part);
  expect(isOneSentence(ran.stderr)).toBe(true);
  expect(ran.code).toBe(1);
  return ran;
};

test('a setting that contradicts another stops the start, and is named', async () => {
  await refused({ POSTERN_TLS_CERT: '/tmp/cert.pem' }, 'POSTERN_TLS_CERT', 'POSTERN_TLS_KEY');
});

test('an address that is taken stops the start', async () => {
  using taken = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } });
  const given = { POSTERN_LISTEN: `127.0.0.1:${taken.port}`, POSTERN_ROOT_PASSWORD: 'correct horse' };
  await refused(given, 'POSTERN_LISTEN', `${taken.port}`, 'another program');
});

test('a host that leads to no address stops the start', async () => {
  await refused({ POSTERN_LISTEN: 'nowhere.invalid:8080', POSTERN_ROOT_PASSWORD: 'correct horse' }, 'no such host');
});

test.each([
  [['gc']],
  [['keys', 'rotate', 'registry']],
  [['admin', 'reset-password', '--username', 'root']],
  [['admin', 'create-user', '--username', 'ann', '--email', 'ann@example.com']],
])('where no server has been, %j makes nothing', async (words) => {
  const ran = await postern(words, { POSTERN_DATA: client.path('untouched') });
  expect(ran.stderr).toContain('POSTERN_DATA: there is no database in ');
  expect(isOneSentence(ran.stderr)).toBe(true);
  expect([ran.code, ran.stdout]).toEqual([1, '']);
  expect(readdirSync(client.work)).not.toContain('untouched');
});

test('a data folder that cannot be written to stops the start', async () => {
  await refused({ POSTERN_DATA: '/proc/postern' }, 'POSTERN_DATA', '/proc/postern');
});

test('a database that cannot be reached stops the start, and its password is not printed', async () => {
  const url = `postgres://ann:geheim12@127.0.0.1:${await freePort()}/postern`;
  const ran = await refused({ POSTERN_DATABASE_URL: url }, 'POSTERN_DATABASE_URL', '127.0.0.1');
  expect(ran.output).not.toContain('geheim12');
});

test('a database that is not there stops the start', async () => {
  const url = (await freshPostgresUrl()).replace(/\/[^/]*$/, '/nowhere');
  await refused({ POSTERN_DATABASE_URL: url }, 'POSTERN_DATABASE_URL', '"nowhere" does not exist');
});

test('certificates that are missing, unreadable or of another key stop the start', async () => {
  for (const name of ['a', 'b']) {
    const make = 'req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost'.split(' ');
    await client.ok(['openssl', ...make, '-keyout', `${name}.key`, '-out', `${name}.crt`]);
  }
  await Bun.write(client.path('junk'), 'junk');
  const tls = (cert: string, key: string) => ({
    POSTERN_DATA: client.path('untouched'),
    POSTERN_TLS_CERT: client.path(cert),
    POSTERN_TLS_KEY: client.path(key),
  });
  await refused(tls('nowhere.crt', 'a.key'), 'POSTERN_TLS_CERT', 'nowhere.crt cannot be read: ENOENT');
  await refused(tls('a.crt', 'nowhere.key'), 'POSTERN_TLS_KEY', 'nowhere.key cannot be read: ENOENT');
  await refused(tls('junk', 'a.key'), 'POSTERN_TLS_CERT', 'not a PEM certificate');
  await refused(tls('a.crt', 'junk'), 'POSTERN_TLS_KEY', 'not a PEM private key');
  await refused(tls('a.crt', 'b.key'), 'POSTERN_TLS_KEY', 'is not the key of');
  // Nothing was opened or made before the settings were found wanting.
  expect(readdirSync(client.work)).not.toContain('untouched');
});

test('a secret is read from a file; a file that cannot be read, or a second value, stops the start', async () => {
  const variable = 'POSTERN_ROOT_TOKEN';
  const inFile = (name: string) => ({ [`${variable}_FILE`]: client.path(name) });
  await Bun.write(client.path('short-token'), 'geheim12\n');
  const ran = await refused(inFile('short-token'), 'POSTERN_ROOT_TOKEN must be 20 to 255');
  expect(ran.output).not.toContain('geheim12');
  await refused(inFile('nowhere'), 'POSTERN_ROOT_TOKEN_FILE', 'nowhere cannot be read: ENOENT');
  await Bun.write(client.path('empty'), '\n');
  await refused(inFile('empty'), 'POSTERN_ROOT_TOKEN_FILE', 'empty is empty');
  await refused(
    { ...inFile('short-token'), [variable]: 'x' },
    'Set POSTERN_ROOT_TOKEN or POSTERN_ROOT_TOKEN_FILE, not both',
  );
});

onEachServer('the command line beside a running server', (started) => {
  const environment = async (): Promise<Record<string, string>> => {
    const { raw } = await started;
    return raw as Record<string, string>;
  };
  const signIn = async (username: string, password: string) => {
    const { services } = await started;
    return (await services.users.checkPassword(username, password, (work) => work())).outcome;
  };

  test('admin create-user prints a password that works, and reset-password another', async () => {
    const env = await environment();
    const created = await postern(['admin', 'create-user', '--username', 'ann', '--email', 'ann@example.com'], env);
    expect(created.code).toBe(0);
    expect(created.stdout).toMatch(/^[A-Za-z0-9]{20}\n$/);
    expect(await signIn('ann', created.stdout.trim())).toBe('ok');
    const reset = await postern(['admin', 'reset-password', '--username', 'ann'], env);
    expect(await signIn('ann', created.stdout.trim())).toBe('wrong');
    expect(await signIn('ann', reset.stdout.trim())).toBe('ok');
  });

  test('a password from standard input is taken as it is and not printed', async () => {
    const words = [
      'admin',
      'create-user',
      '--username',
      'bob',
      '--email',
      'bob@example.com',
      '--admin',
      '--password-stdin',
    ];
    const created = await postern(words, await environment(), ' pass word \n');
    expect([created.code, created.stdout]).toEqual([0, '']);
    expect(created.output).not.toContain('pass word');
    expect(await signIn('bob', ' pass word ')).toBe('ok');
    const { services } = await started;
    const { items } = await services.users.list({ username: 'bob' }, { page: 1, perPage: 1 });
    expect(items[0]?.admin).toBe(true);
  });

  test('a broken rule is printed as a sentence', async () => {
    const env = await environment();
    const taken = await postern(['admin', 'create-user', '--username', 'root', '--email', 'r@example.com'], env);
    expect([taken.code, taken.stderr]).toEqual([1, 'postern: Username has already been taken.\n']);
    const words = ['admin', 'reset-password', '--username', 'root', '--password-stdin'];
    expect((await postern(words, env, 'short')).stderr).toContain('Password is too short');
    expect((await postern(['admin', 'reset-password', '--username', 'nobody'], env)).stderr).toContain(
      'no user nobody',
    );
  });

  test('keys rotate registry prints the id of the new key, and a rotation that is repeated makes another', async () => {
    const env = await environment();
    const { services } = await started;
    const ids: string[] = [];
    for (let i = 0; i < 2; i++) {
      const ran = await postern(['keys', 'rotate', 'registry'], env);
      expect(ran.code).toBe(0);
      expect(ran.stdout).toMatch(/^[A-Z2-7:]{59}\n$/);
      ids.push(ran.stdout.trim());
    }
    const { items } = await services.audit.list({ actions: ['signing_key_rotated'] }, { page: 1, perPage: 2 });
    expect(items.map(({ target }) => target.name)).toEqual(ids.toReversed());
    expect(items[0]?.details).toEqual({ purpose: 'registry', replaced: ids[0] });
  });

  test('doctor finds nothing wrong with it', async () => {
    const ran = await postern(['doctor'], await environment());
    expect(ran.code).toBe(0);
    expect(ran.stdout).not.toMatch(/^(FAILURE|warning)/m);
    expect(ran.stdout).toEndWith('\nAll checks passed.\n');
    for (const what of ['git', 'data folder', 'secret key', 'database', 'clock', 'url'])
      expect(ran.stdout).toMatch(new RegExp(`^ok +${what} `, 'm'));
  });

  test('doctor and gc print JSON', async () => {
    const env = await environment();
    const checks = JSON.parse((await postern(['doctor', '--json'], env)).stdout);
    expect(checks.failures).toBe(0);
    expect(checks.checks).toContainEqual(expect.objectContaining({ what: 'git', level: 'ok' }));
    const collected = JSON.parse((await postern(['gc', '--dry-run', '--json'], env)).stdout);
    expect(collected).toMatchObject({ dry_run: true, failures: 0, deleted: { images: { count: 0, bytes: 0 } } });
  });

  test('tasks lists the background tasks, and runs one', async () => {
    const env = await environment();
    expect((await postern(['tasks'], env)).stdout).toMatch(/^TASK +SUBJECT +OUTCOME +LAST RUN +DURATION +NEXT RUN/);
    const start = Date.now();
    const ran = await postern(['tasks', 'run', 'collect-garbage'], env);
    expect([ran.code, ran.stdout, ran.stderr]).toEqual([0, 'collect-garbage: done\n', '']);
    const tasks = JSON.parse((await postern(['tasks', '--json'], env)).stdout);
    const task = tasks.find(({ kind }: { kind: string }) => kind === 'collect-garbage');
    expect(task).toMatchObject({ subject: null, state: 'planned', outcome: 'done', error: null, failures: 0 });
    expect(Date.parse(task.next_run_at)).toBeGreaterThan(start);
    expect(task.duration_ms).toBeGreaterThanOrEqual(0);
    const unknown = await postern(['tasks', 'run', 'collect-garbag'], env);
    expect([unknown.code, unknown.stderr]).toEqual([
      2,
      'postern: there is no task "collect-garbag"; did you mean collect-garbage.\n',
    ]);
  });

  test('doctor finds the secrets that were sealed with another key', async () => {
    const { seed } = await started;
    await seed.deployToken(await seed.project(await seed.group()), { name: 'gitlab-deploy-token' });
    const other = Buffer.alloc(32, 7).toString('base64');
    const ran = await postern(['doctor'], { ...(await environment()), POSTERN_SECRET_KEY: other });
    expect(ran.code).toBe(1);
    expect(ran.stdout).toMatch(/^FAILURE +secret key +1 secrets/m);
    expect(ran.stdout).toMatch(/^FAILURE +secret key +1 signing keys/m);
  });
});

test('doctor says of a damaged file what can be done about a file', async () => {
  await Bun.write(client.path('damaged/postern.sqlite'), 'no database\n');
  const ran = await postern(['doctor'], { POSTERN_DATA: client.path('damaged') });
  expect(ran.code).toBe(1);
  expect(ran.stdout).toMatch(/^FAILURE +database .*postern\.sqlite cannot be opened.*\n +See that we may read/m);
});

test('doctor says what is wrong, what to do, and changes nothing', async () => {
  const folder = scratchFolder('postern-doctor-');
  try {
    const port = await freePort();
    const settings = {
      POSTERN_DATA: join(folder, 'file/data'),
      POSTERN_DATABASE_URL: `postgres://ann:geheim12@127.0.0.1:${port}/x`,
      POSTERN_URL: `http://127.0.0.1:${port}`,
    };
    // A PATH on which there is nothing at all.
    const ran = await client.run(['env', `PATH=${folder}`, process.execPath, MAIN, 'doctor'], { env: settings });
    expect(ran.code).toBe(1);
    expect(ran.stdout).toMatch(/^FAILURE +git +There is no git on the PATH\.\n +Install git 2\.39/m);
    expect(ran.stdout).toMatch(/^FAILURE +database +The database at 127\.0\.0\.1:\d+ cannot be reached/m);
    expect(ran.stdout).toMatch(/^warning +url +Nobody answers/m);
    expect(ran.output).not.toContain('geheim12');
    expect(readdirSync(folder)).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
