import pino from 'pino';
import { type App, createApp } from '../app.ts';
import { toConfig } from '../config/config.ts';
import { toSecrets } from '../config/secrets.ts';
import { BY_SYSTEM } from '../domain/access/confirm.ts';
import { randomBase62 } from '../lib/base62.ts';
import { PosternError } from '../lib/errors.ts';
import { Secret } from '../lib/secret.ts';
import { StartError } from '../lib/start-error.ts';
import { type Invocation, UsageError } from './command.ts';
import { requireDatabase } from './require-database.ts';

/** `admin create-user`. */
export async function createUser(invocation: Invocation): Promise<number> {
  const username = required(invocation, 'username');
  const email = required(invocation, 'email');
  const { name = username, admin } = invocation.flags;
  if (admin !== true) requireDatabase(toConfig(invocation.raw));
  const password = await choosePassword(invocation);
  await onServices(invocation, async ({ users }) => {
    // The first start creates the administrator root only while there are no users.
    if (admin !== true && (await users.list({}, { page: 1, perPage: 1 })).items.length === 0)
      throw new StartError('There are no users yet: start the server first, which creates root, or add --admin.');
    const request = { username, name: String(name), email, password: password.value.reveal(), admin: admin === true };
    await users.create(request, BY_SYSTEM);
  });
  await invocation.say(`User ${username} created.\n`);
  return tell(invocation, password);
}

/** `admin reset-password`. */
export async function resetPassword(invocation: Invocation): Promise<number> {
  const username = required(invocation, 'username');
  requireDatabase(toConfig(invocation.raw));
  const password = await choosePassword(invocation);
  await onServices(invocation, async ({ users }) => {
    const { items } = await users.list({ username }, { page: 1, perPage: 1 });
    const [user] = items;
    if (!user) throw new StartError(`There is no user ${username}.`);
    await users.setPassword(user.id, password.value.reveal(), BY_SYSTEM);
  });
  await invocation.say(`User ${username} has a new password.\n`);
  return tell(invocation, password);
}

function required({ flags }: Invocation, name: string): string {
  const value = flags[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new UsageError(`--${name} is missing.`);
}

interface Password {
  value: Secret;
  madeUp: boolean;
}

/** A password is never a flag: every user of the machine sees flags in the list of processes. */
async function choosePassword({ flags, readInput }: Invocation): Promise<Password> {
  if (flags['password-stdin'] !== true) return { value: new Secret(randomBase62(20)), madeUp: true };
  // The line break at the end is not part of the password.
  return { value: new Secret((await readInput()).replace(/\r?\n$/, '')), madeUp: false };
}

async function tell({ print, say }: Invocation, { value, madeUp }: Password): Promise<number> {
  if (!madeUp) return 0;
  await say('The password, which cannot be shown again:\n');
  await print(`${value.reveal()}\n`);
  return 0;
}

async function onServices({ raw }: Invocation, work: (services: App['services']) => Promise<void>): Promise<void> {
  const logger = pino({ level: 'silent' });
  await using app = await createApp({ config: toConfig(raw), secrets: toSecrets(raw), logger });
  try {
    await work(app.services);
  } catch (error) {
    // The operator broke a rule of the domain.
    if (error instanceof PosternError) throw new StartError(`${error.message}.`);
    throw error;
  }
}
