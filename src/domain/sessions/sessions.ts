import { randomBase62 } from '../../lib/base62.ts';
import { DAY } from '../../lib/clock.ts';
import { sha256Hex } from '../../lib/digest.ts';
import { notFound } from '../../lib/errors.ts';
import { Secret } from '../../lib/secret.ts';
import { type Db, inTransaction } from '../../store/db/database.ts';
import { mapPage, type Page, type PageRequest } from '../../store/tables/page.ts';
import * as table from '../../store/tables/sessions.ts';
import { findUser } from '../../store/tables/users.ts';
import type { Authorised } from '../access/confirm.ts';
import type { Deps } from '../deps.ts';
import { createUsageLog } from '../usage/usage-log.ts';
import { toUser, type User } from '../users/user.ts';

/** Someone who is signed in at the pages, in one browser. */
export interface Session {
  id: number;
  userId: number;
  /** Where it was used last, and with what. */
  ip: string;
  agent: string;
  createdAt: number;
  lastUsedAt: number;
}

export type SessionCheck =
  | { outcome: 'unknown' | 'over' | 'blocked' }
  | { outcome: 'active'; session: Session; user: User };

/** A session ends when it was idle for so long, and at this age whatever is done with it. */
export const SESSION_LIVES = { idleMs: 7 * DAY, absoluteMs: 30 * DAY };

/** 256 bits: nobody guesses one, so failures are not counted. */
const SECRET_LENGTH = 43;
const MAX_AGENT = 255;

export type Sessions = ReturnType<typeof createSessions>;

/**
 * Sessions of the pages. Only the hash of a session's secret is kept: who reads the database cannot go in with
 * it.
 */
export function createSessions(deps: Deps) {
  const { db, clock } = deps;
  const usage = createUsageLog<{ ip: string }>(deps, 'sessions', table.updateSessionUse);
  const live = (): table.LiveSince => ({
    begunAfter: clock() - SESSION_LIVES.absoluteMs,
    usedAfter: clock() - SESSION_LIVES.idleMs,
  });

  const judge = async (trx: Db, row: table.SessionRow | undefined): Promise<SessionCheck> => {
    const owner = row && (await findUser(trx, row.user_id));
    if (!row || !owner) return { outcome: 'unknown' };
    const { begunAfter, usedAfter } = live();
    if (row.created_at <= begunAfter || row.last_used_at <= usedAfter) return { outcome: 'over' };
    const user = toUser(owner);
    return user.blocked ? { outcome: 'blocked' } : { outcome: 'active', session: toSession(row), user };
  };

  return {
    usage,

    /** Begins a session for someone who has just proved who they are. The secret is in the answer and nowhere else. */
    async begin(userId: number, from: { ip: string; agent: string }): Promise<Secret> {
      const secret = new Secret(randomBase62(SECRET_LENGTH));
      const row = {
        user_id: userId,
        hash: sha256Hex(secret.reveal()),
        ip: from.ip,
        agent: from.agent.slice(0, MAX_AGENT),
        created_at: clock(),
        last_used_at: clock(),
      };
      await inTransaction(db, async (trx) => {
        await table.deleteDeadSessions(trx, userId, live());
        await table.insertSession(trx, row);
      });
      return secret;
    },

    /** Looks a secret up. Asked on every request: a session that was ended is over at once. */
    async check(secret: string): Promise<SessionCheck> {
      return judge(db, await table.findSessionByHash(db, sha256Hex(secret)));
    },

    /** The same for a session that is named by its id, in the transaction that confirms what was done with it. */
    async checkById(id: number, trx = db): Promise<SessionCheck> {
      return judge(trx, await table.findSession(trx, id));
    },

    /** The sessions of a user that are not over, the newest first. */
    async list(userId: number, page: PageRequest): Promise<Page<Session>> {
      return mapPage(await table.listSessions(db, userId, live(), page), toSession);
    },

    /** Ends the session of a browser that begins a new one; one that is over already is none to be ended. */
    endBySecret: (secret: string): Promise<void> => table.deleteSessionByHash(db, sha256Hex(secret)),

    /** Ends all sessions of a user but one. */
    endOthers: (userId: number, id: number, { confirm }: Pick<Authorised, 'confirm'>): Promise<void> =>
      inTransaction(db, async (trx) => {
        await confirm(trx);
        await table.deleteOtherSessions(trx, userId, id);
      }),

    /** @throws PosternError not_found when the user has no session of this id. */
    end: (userId: number, id: number, { confirm }: Pick<Authorised, 'confirm'>): Promise<void> =>
      inTransaction(db, async (trx) => {
        await confirm(trx);
        if (!(await table.deleteSession(trx, userId, id))) throw notFound('session');
      }),
  };
}

function toSession(row: table.SessionRow): Session {
  return {
    id: row.id,
    userId: row.user_id,
    ip: row.ip,
    agent: row.agent,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
  };
}
