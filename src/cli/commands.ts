import { SETTINGS, type Setting } from '../config/settings.ts';
import type { Command } from './command.ts';

const only = (...names: Setting['env'][]): Setting[] => SETTINGS.filter(({ env }) => names.includes(env));
const STORES = only(
  'POSTERN_DATA',
  'POSTERN_BLOBS',
  'POSTERN_S3_ACCESS_KEY_ID',
  'POSTERN_S3_SECRET_ACCESS_KEY',
  'POSTERN_DATABASE_URL',
  'POSTERN_DATABASE_POOL',
  'POSTERN_SECRET_KEY',
);

const PASSWORD_STDIN = {
  flag: '--password-stdin',
  help: 'read the password from standard input; without it a random one is made and printed',
} as const;

const JSON_FLAG = { flag: '--json', help: 'print JSON' } as const;

/** All commands. */
export const COMMANDS: readonly Command[] = [
  {
    name: 'serve',
    summary: 'run the server',
    flags: [],
    settings: SETTINGS,
    load: async () => (await import('./serve.ts')).serve,
  },
  {
    name: 'admin create-user',
    summary: 'create a user, also while the server runs',
    about: 'The password is printed on standard output, and cannot be shown again.',
    flags: [
      { flag: '--username', value: '<name>', help: 'the name to sign in with, and the path of the personal namespace' },
      { flag: '--email', value: '<address>', help: 'the e-mail address' },
      { flag: '--name', value: '<name>', help: 'the name to show; default: the user name' },
      { flag: '--admin', help: 'make an administrator' },
      PASSWORD_STDIN,
    ],
    settings: STORES,
    load: async () => (await import('./admin.ts')).createUser,
  },
  {
    name: 'admin reset-password',
    summary: 'give a user a new password, also while the server runs',
    about: 'The password is printed on standard output, and cannot be shown again.',
    flags: [{ flag: '--username', value: '<name>', help: 'the name of the user' }, PASSWORD_STDIN],
    settings: STORES,
    load: async () => (await import('./admin.ts')).resetPassword,
  },
  {
    name: 'keys rotate registry',
    summary: "make a new key that signs the container registry's bearer tokens, also while servers run",
    about: 'Only the id of the new key is printed on standard output. The old key verifies for six more minutes.',
    flags: [
      {
        flag: '--instance-key-lost',
        help: 'replace a key that is sealed with another instance key; no server with that key can use the new one',
      },
    ],
    settings: STORES,
    load: async () => (await import('./keys.ts')).rotateRegistry,
  },
  {
    name: 'doctor',
    summary: 'check everything that the server needs, and advise on each problem',
    about: 'Changes nothing without --repair. Exits with 1 when a check fails.',
    flags: [
      { flag: '--repair', help: 'write broken HEADs of repositories again, and remove locks that no git holds' },
      JSON_FLAG,
    ],
    settings: SETTINGS,
    load: async () => (await import('./doctor.ts')).doctor,
  },
  {
    name: 'gc',
    summary: 'delete unreferenced blobs, also while the server runs',
    about:
      'The server does the same in the background, every POSTERN_GC_INTERVAL. Exits with 1 when a blob could not be deleted.',
    flags: [{ flag: '--dry-run', help: 'list what would be deleted, and delete nothing' }, JSON_FLAG],
    settings: [...STORES, ...only('POSTERN_GC_GRACE', 'POSTERN_GC_INTERVAL')],
    load: async () => (await import('./gc.ts')).gc,
  },
  {
    name: 'tasks',
    summary: 'list the background tasks with their last and next run',
    flags: [JSON_FLAG],
    settings: STORES,
    load: async () => (await import('./tasks.ts')).listTasks,
  },
  {
    name: 'tasks run',
    summary: 'run a background task at once, also while the server runs',
    args: ['KIND'],
    flags: [],
    settings: [...STORES, ...only('POSTERN_GC_GRACE', 'POSTERN_GC_INTERVAL')],
    load: async () => (await import('./tasks.ts')).runTaskNow,
  },
  {
    name: 'repo maintain',
    summary: 'pack the repository of a project at once, also while the server runs',
    about: 'The server does the same in the background, a day after pushes. PATH is the full path of the project.',
    args: ['PATH'],
    flags: [],
    settings: [...STORES, ...only('POSTERN_GIT_TIMEOUT', 'POSTERN_GIT_MAINTENANCE_INTERVAL')],
    load: async () => (await import('./tasks.ts')).maintainRepository,
  },
  {
    name: 'repo purge-unreachable',
    summary: 'remove the objects that no branch or tag leads to from the repository of a project, at once',
    about:
      'For a secret that was pushed: delete or overwrite every ref that leads to it first. Maintenance does the same after two weeks. The command may run beside the server, but not during pushes to the project. PATH is the full path of the project.',
    args: ['PATH'],
    flags: [],
    settings: [...STORES, ...only('POSTERN_GIT_TIMEOUT')],
    load: async () => (await import('./tasks.ts')).purgeUnreachable,
  },
  {
    name: 'version',
    summary: 'print the version',
    flags: [],
    settings: [],
    load: async () => (await import('./version.ts')).version,
  },
];
