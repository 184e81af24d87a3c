import { LRUCache } from 'lru-cache';
import { type FailureWindow, SIGN_IN_WINDOW_MS, type SignInCounts } from '../domain/sign-ins/sign-in-counts.ts';
import { type Clock, HOUR, SECOND } from '../lib/clock.ts';
import { sha256Hex } from '../lib/digest.ts';
import type { MaybePromise } from '../lib/maybe-promise.ts';
import { subnetOf } from '../lib/subnet.ts';

/** Failures in a window that are allowed before the answer is "too many". Decision 0003. */
export const LIMITS = {
  windowMs: SIGN_IN_WINDOW_MS,
  /** Of all kinds, from one address. */
  address: 100,
  /** Wrong passwords for one account, from all addresses. */
  account: 100,
  /** Wrong passwords for one account from one address. */
  accountFromAddress: 10,
  /** After a sign-in to an account, the address is exempt for so long from limits that other addresses have reached. */
  trustedMs: 24 * HOUR,
};

/** Of each cache in memory. */
const MAX_ENTRIES = 10_000;

/**
 * How long this node goes on without looking at the counts of the others: for forgiveness, and for an address over its
 * limit.
 */
const REFRESH_MS = 10 * SECOND;

/** Fewer failures than this are not worth to be forgiven on another node than the one that counted them. */
const FAILURES_TO_FORGIVE = 5;

/**
 * An attempt to sign in. `account` is the account whose password was tried: the user, or the login that names none;
 * null for a token, whose owner is known only when it is valid.
 */
export interface Attempt {
  ip: string;
  account: string | null;
}

export type Attempts = ReturnType<typeof createAttempts>;

/**
 * Limits failed sign-ins per address, per account and per both, over all nodes. A valid credential is never refused for
 * failures of others behind the same address: a token costs one look-up, so it is always looked up, and only an invalid
 * token meets the limit. A password costs a slow hash. It is not hashed
 * - when this address has failed too often with this account;
 * - when the account has failed too often from all addresses, unless this address has signed in to it before;
 * - when this address has failed too often, unless it has not failed with this account yet.
 *
 * The counts are rows that are written when a sign-in fails. A valid token reads none of them, except one token every
 * `REFRESH_MS`.
 */
export function createAttempts(counts: SignInCounts, clock: Clock) {
  const options = { max: MAX_ENTRIES, ttl: LIMITS.windowMs, ttlResolution: 0, perf: { now: clock } };
  const trusted = new LRUCache<string, true>(options);
  /** Addresses with an account, or with tokens, that have failures to forgive. */
  const failing = new LRUCache<string, true>(options);
  /** The windows of addresses over their limit: invalid tokens from there are answered without a write. */
  const closed = new LRUCache<string, FailureWindow>(options);
  let refreshed = Number.NEGATIVE_INFINITY;

  /** Learns which failures that other nodes have counted are to be forgiven. */
  const refresh = async (): Promise<void> => {
    refreshed = clock();
    for (const key of await counts.failing(FAILURES_TO_FORGIVE, MAX_ENTRIES))
      failing.set(key, true, { ttl: REFRESH_MS });
  };
  const forgive = async ({ address, account, both }: Keys): Promise<void> => {
    failing.delete(both);
    closed.delete(address);
    await counts.forgive(both, [address, account]);
  };
  const trust = async ({ both }: Keys): Promise<void> => {
    trusted.set(both, true, { ttl: HOUR });
    await counts.trust(both, clock() + LIMITS.trustedMs);
  };
  /** Seconds until the window ends when at least `limit` failures are in it; else 0. */
  const over = (window: FailureWindow | undefined, limit: number): number =>
    window && window.failures >= limit ? Math.max(1, Math.ceil((window.endsAt - clock()) / SECOND)) : 0;

  return {
    /** Counts a failed sign-in. @returns seconds for `Retry-After` when it is over a limit; 0 when it is not. */
    async failed(attempt: Attempt): Promise<number> {
      const keys = keysOf(attempt);
      const { address, account, both } = keys;
      const known = attempt.account === null ? over(closed.get(address), LIMITS.address) : 0;
      if (known > 0) return known;
      const windows = await counts.add(attempt.account === null ? [address, both] : [address, account, both]);
      failing.set(both, true);
      const ofAddress = windows.get(address);
      const onAddress = over(ofAddress, LIMITS.address + 1);
      if (ofAddress && onAddress > 0) closed.set(address, ofAddress, { ttl: REFRESH_MS });
      if (attempt.account === null) return onAddress;
      const onBoth = over(windows.get(both), LIMITS.accountFromAddress + 1);
      return onBoth || over(windows.get(account), LIMITS.account + 1) || onAddress;
    },

    /**
     * A sign-in succeeded: the failures of this address with the same account are forgiven, in every count that they
     * are in.
     */
    succeeded(attempt: Attempt): MaybePromise<void> {
      const stale = clock() - refreshed >= REFRESH_MS;
      if (attempt.account === null && !stale && failing.size === 0) return;
      const keys = keysOf(attempt);
      const trusts = attempt.account !== null && trusted.get(keys.both) === undefined;
      if (!stale && !trusts && failing.get(keys.both) === undefined) return;
      return (async () => {
        if (stale) await refresh();
        if (trusts) await trust(keys);
        if (failing.get(keys.both) !== undefined) await forgive(keys);
      })();
    },

    /** Seconds to wait before a password is tried; 0 when it may be tried now. */
    async passwordWait(attempt: Attempt): Promise<number> {
      const { address, account, both } = keysOf(attempt);
      const windows = await counts.read([address, account, both]);
      const ofBoth = windows.get(both);
      if (ofBoth) failing.set(both, true, { ttl: Math.max(1, ofBoth.endsAt - clock()) });
      const direct = over(ofBoth, LIMITS.accountFromAddress);
      if (direct > 0) return direct;
      const others =
        over(windows.get(account), LIMITS.account) || (ofBoth ? over(windows.get(address), LIMITS.address) : 0);
      return others > 0 && (await counts.isTrusted(both)) ? 0 : others;
    },
  };
}

type Keys = { address: string; account: string; both: string };

/**
 * Of one length whatever was sent, so that long names fill no memory; and a password that was typed as a name is not
 * stored.
 */
function keysOf({ ip, account }: Attempt): Keys {
  const network = subnetOf(ip);
  const name = account ?? 'token';
  const key = (...parts: string[]) => sha256Hex(JSON.stringify(parts)).slice(0, 32);
  return { address: key('address', network), account: key('account', name), both: key('both', network, name) };
}
