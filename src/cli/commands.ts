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
  help: 'read the password from standard input; without it one is made up and printed',
} as const;

/** Everything that can stand behind `postern`. */
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
    about: 'Only the password is printed on standard output, this once.',
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
    about: 'Only the password is printed on standard output, this once.',
    flags: [{ flag: '--username', value: '<name>', help: 'whose password' }, PASSWORD_STDIN],
    settings: STORES,
    load: async () => (await import('./admin.ts')).resetPassword,
  },
  {
    name: 'keys rotate registry',
    summary: "make a new key that signs the container registry's bearer tokens, also while servers run",
    about: 'Only the id of the new key is printed on standard output. The old key verifies for six more minutes.',
    flags: [],
    settings: STORES,
    load: async () => (await import('./keys.ts')).rotateRegistry,
  },
  {
    name: 'doctor',
    summary: 'check what the server needs, and say what to do about what is wrong',
    about: 'Changes nothing. Ends with 1 when something is wrong.',
    flags: [],
    settings: SETTINGS,
    load: async () => (await import('./doctor.ts')).doctor,
  },
  {
    name: 'gc',
    summary: 'remove blobs that nothing refers to, also while the server runs',
    about:
      'The server does the same by itself, every POSTERN_GC_INTERVAL. Ends with 1 when something could not be removed.',
    flags: [{ flag: '--dry-run', help: 'tell what would be removed, and remove nothing' }],
    settings: [...STORES, ...only('POSTERN_GC_GRACE')],
    load: async () => (await import('./gc.ts')).gc,
  },
  {
    name: 'version',
    summary: 'print the version',
    flags: [],
    settings: [],
    load: async () => (await import('./version.ts')).version,
  },
];
