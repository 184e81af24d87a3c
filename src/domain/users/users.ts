import { conflict, inField, ruleBroken } from '../../lib/errors.ts';
import { inTransaction } from '../../store/db/database.ts';
import { isDuplicate } from '../../store/db/errors.ts';
import { insertNamespace } from '../../store/tables/namespaces.ts';
import { mapPage, type Page, type PageRequest } from '../../store/tables/page.ts';
import { insertRoute } from '../../store/tables/routes.ts';
import { deleteSessionsOf } from '../../store/tables/sessions.ts';
import * as table from '../../store/tables/users.ts';
import type { Authorised } from '../access/confirm.ts';
import type { Audit } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import { checkName, checkPath } from '../paths.ts';
import { createPasswordChecks } from './password-checks.ts';
import { checkNewPassword, hashPassword } from './passwords.ts';
import { toUser, type User } from './user.ts';
import { createUserStatus, loadUser, subjectOf } from './user-status.ts';

export type { NotTried } from './password-checks.ts';
export type { User } from './user.ts';

export interface NewUser {
  username: string;
  name: string;
  email: string;
  /** Null: cannot sign in with a password until one is set. */
  password: string | null;
  admin: boolean;
}

export type Users = ReturnType<typeof createUsers>;

export function createUsers({ db, clock }: Deps, audit: Audit) {
  const load = (id: number) => loadUser(db, id);

  return {
    /**
     * Makes a user and their personal namespace. @throws PosternError on a rule broken, or a name or address that is
     * taken.
     */
    async create(request: NewUser, { author: by, confirm }: Authorised): Promise<User> {
      const row = await toRow(request, clock());
      return inTransaction(db, async (trx) => {
        await confirm(trx);
        if (await table.findUserByLogin(trx, row.email_key))
          throw inField('email', conflict('Email has already been taken'));
        if (await table.findUserByLogin(trx, row.username_key))
          throw inField('username', conflict('Username has already been taken'));
        try {
          const id = await table.insertUser(trx, row);
          const { username, name } = row;
          const namespace = {
            kind: 'user',
            parent_id: null,
            owner_id: id,
            name,
            path: username,
            description: '',
            visibility: 'public',
            created_at: clock(),
          } as const;
          await insertRoute(trx, username, { namespace_id: (await insertNamespace(trx, namespace, null)).id });
          const target = { kind: 'User', id, name: username };
          await audit.record({ action: 'user_created', by, entity: { kind: 'User', id, path: username }, target }, trx);
          return toUser({ ...row, id });
        } catch (error) {
          throw isDuplicate(error) ? inField('username', conflict('Username or email has already been taken')) : error;
        }
      });
    },

    async get(id: number): Promise<User> {
      return toUser(await load(id));
    },

    async find(id: number, trx = db): Promise<User | undefined> {
      const row = await table.findUser(trx, id);
      return row && toUser(row);
    },

    /** The user names of these users, by id; who is gone has none. */
    namesOf: (ids: readonly number[]): Promise<Map<number, string>> => table.usernamesOf(db, [...new Set(ids)]),

    async list(filter: table.UserFilter, page: PageRequest): Promise<Page<User>> {
      return mapPage(await table.listUsers(db, filter, page), toUser);
    },

    /** Whether there is anyone yet: if not, this is the first start. */
    any: () => table.hasUsers(db),

    ...createPasswordChecks(db, clock),
    ...createUserStatus(db, audit),

    /**
     * Gives a user another name; the one they sign in with stays. @throws PosternError saying what is wrong with it.
     */
    async rename(id: number, name: string, { confirm }: Pick<Authorised, 'confirm'>): Promise<void> {
      const row = { name: checkName(name) };
      await inTransaction(db, async (trx) => {
        await confirm(trx);
        await table.updateUser(trx, id, row);
      });
    },

    /** Gives a user another password, and signs them out everywhere. */
    async setPassword(id: number, password: string, { author: by, confirm }: Authorised): Promise<void> {
      checkNewPassword(password);
      const password_hash = await hashPassword(password);
      const row = await load(id);
      await inTransaction(db, async (trx) => {
        await confirm(trx);
        await table.updateUser(trx, id, { password_hash });
        await deleteSessionsOf(trx, id);
        await audit.record({ action: 'user_password_changed', by, ...subjectOf(row) }, trx);
      });
    },
  };
}

async function toRow(request: NewUser, now: number) {
  checkPath(request.username, 'top');
  if (!/^[^\s@\u0000-\u001f]+@[^\s@\u0000-\u001f]+$/.test(request.email) || request.email.length > 255)
    throw inField('email', ruleBroken('Email is invalid'));
  if (request.password !== null) checkNewPassword(request.password);
  return {
    username: request.username,
    username_key: request.username.toLowerCase(),
    name: checkName(request.name),
    email: request.email,
    email_key: request.email.toLowerCase(),
    password_hash: request.password === null ? null : await hashPassword(request.password),
    admin: request.admin ? 1 : 0,
    blocked: 0,
    created_at: now,
  } as const;
}
