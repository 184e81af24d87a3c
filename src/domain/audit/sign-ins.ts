import { LRUCache } from 'lru-cache';
import { type Clock, MINUTE } from '../../lib/clock.ts';
import { subnetOf } from '../../lib/subnet.ts';
import { KNOWN_FOR_MS } from '../users/known-passwords.ts';
import type { Audit, AuditRecord } from './audit.ts';
import type { AuditAuthor } from './author.ts';

export type SignInFailure = 'wrong_password' | 'unknown_user' | 'user_blocked' | 'rate_limited';

/**
 * The user of a sign-in. Null: nobody of that name; what was typed is not kept, as it may be a password in the wrong
 * field.
 */
export type SignInUser = { id: number; username: string } | null;

export interface SignInOrigin {
  ip: string;
  requestId: string;
}

/**
 * Number of new pairs of account and address per minute whose failures are logged individually; further failures are
 * logged together.
 */
const DETAILED_PER_MINUTE = 60;
const MAX_REMEMBERED = 10_000;

interface FailureCount {
  record: AuditRecord;
  /** Failures since the last event. */
  unlogged: number;
  endsAt: number;
}

export interface SignInLog extends AsyncDisposable {
  succeeded(user: NonNullable<SignInUser>, from: SignInOrigin): void;
  failed(user: SignInUser, reason: SignInFailure, from: SignInOrigin): void;
  /** Waits for what is being written, and writes the counts whose minute is over. */
  flush(): Promise<void>;
}

/**
 * Writes sign-ins by password to the audit log, off the request's path. A success is logged once per user and address
 * for as long as a password is remembered: a clone of twenty requests is one sign-in. Failures come in floods, so the
 * first failure of an account from an address is logged immediately, and more of them as a count once a minute: an
 * attack cannot fill the disk. A graceful stop loses none of it.
 */
export function createSignInLog(
  audit: Pick<Audit, 'record'>,
  clock: Clock,
  report: (message: string, error: unknown) => void,
): SignInLog {
  const recorded = new LRUCache<string, number>({ max: MAX_REMEMBERED });
  const counts = new Map<string, FailureCount>();
  const writing = new Set<Promise<void>>();
  let opened = { count: 0, until: 0 };

  const write = (record: AuditRecord) => {
    const written = audit
      .record(record)
      .catch((error) => report('a sign-in could not be written to the audit log', error))
      .finally(() => writing.delete(written));
    writing.add(written);
  };
  const mayOpen = () => {
    if (opened.until <= clock()) opened = { count: 0, until: clock() + MINUTE };
    opened.count += 1;
    return opened.count <= DETAILED_PER_MINUTE;
  };
  const startMinute = (key: string, record: AuditRecord, unlogged: number) =>
    counts.set(key, { record, unlogged, endsAt: clock() + MINUTE });

  const settle = async (all: boolean) => {
    for (const [key, { record, unlogged, endsAt }] of counts) {
      if (!all && endsAt > clock()) continue;
      counts.delete(key);
      if (unlogged === 0) continue;
      write({ ...record, details: { ...record.details, failures: unlogged } });
      // It stays open, so that the next failure does not make a second event within a minute.
      if (!all) startMinute(key, record, 0);
    }
    await Promise.all(writing);
  };
  const timer = setInterval(() => void settle(false), MINUTE);
  timer.unref();

  return {
    succeeded(user, { ip, requestId }) {
      const key = `${user.id} ${subnetOf(ip)}`;
      if ((recorded.get(key) ?? 0) > clock()) return;
      recorded.set(key, clock() + KNOWN_FOR_MS);
      const by: AuditAuthor = { kind: 'user', id: user.id, name: user.username, ip, requestId };
      write({ action: 'user_signed_in', by, ...aboutUser(user), details: { with: 'password' } });
    },

    failed(user, reason, { ip, requestId }) {
      const key = `${user?.id ?? 'nobody'} ${subnetOf(ip)} ${reason}`;
      const by: AuditAuthor = { kind: 'anonymous', id: null, name: 'anonymous', ip, requestId };
      const record: AuditRecord = { action: 'user_sign_in_failed', by, ...aboutUser(user), details: { reason } };
      const open = counts.get(key) ?? counts.get(REST);
      if (open) open.unlogged += 1;
      else if (mayOpen()) {
        write({ ...record, details: { reason, failures: 1 } });
        startMinute(key, record, 0);
      } else startMinute(REST, restOf(record), 1);
    },

    flush: () => settle(false),

    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await settle(true);
    },
  };
}

/** The counter for failures that are too many to be logged individually. */
const REST = 'rest';

function restOf(record: AuditRecord): AuditRecord {
  const by: AuditAuthor = { kind: 'anonymous', id: null, name: 'anonymous', ip: null, requestId: null };
  return { ...record, by, ...aboutUser(null), details: { reason: 'various', from: 'various addresses' } };
}

function aboutUser(user: SignInUser): Pick<AuditRecord, 'entity' | 'target'> {
  if (!user) {
    return {
      entity: { kind: 'Instance', id: null, path: '' },
      target: { kind: 'User', id: null, name: 'unknown user' },
    };
  }
  const { id, username } = user;
  return { entity: { kind: 'User', id, path: username }, target: { kind: 'User', id, name: username } };
}
