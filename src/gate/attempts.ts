import { type Clock, HOUR, MINUTE } from '../lib/clock.ts';
import { sha256Hex } from '../lib/digest.ts';
import { subnetOf } from '../lib/subnet.ts';

/** How many failures are borne in a window before more of them are answered with "too many". Decision 0003. */
export const LIMITS = {
  windowMs: 10 * MINUTE,
  /** Of all kinds, from one address. */
  address: 100,
  /** Wrong passwords for one account from everywhere together. */
  account: 100,
  /** Wrong passwords for one account from one address. */
  accountFromAddress: 10,
  /** For so long an address that signed in to an account is not refused for what others get wrong on it. */
  trustedMs: 24 * HOUR,
};

/** Of each map. An entry is about 200 bytes; what is over is forgotten oldest first. */
const MAX_ENTRIES = 50_000;

interface Window {
  failures: number;
  endsAt: number;
}

/**
 * Who tried: the address, and the account whose password was tried; null for a token, which names no account until it
 * is good.
 */
export interface Attempt {
  ip: string;
  account: string | null;
}

export type Attempts = ReturnType<typeof createAttempts>;

/**
 * Counts failed authentications per address, per account name and per both. What is good is never refused for the
 * failures of others behind the same address: a token costs one look-up and is always looked up, and only a failing one
 * meets the limit. A password costs a slow hash, so it is not even tried
 * - when this address has got this account wrong too often;
 * - when the account is under attack from everywhere, unless this address has signed in to it before;
 * - when this address is over its own limit, unless it has not got this account wrong yet.
 */
export function createAttempts(clock: Clock) {
  const windows = new Map<string, Window>();
  const trusted = new Map<string, number>();

  const read = (key: string): Window | undefined => {
    const window = windows.get(key);
    return window && window.endsAt > clock() ? window : undefined;
  };
  const count = (key: string) => {
    const window = read(key) ?? { failures: 0, endsAt: clock() + LIMITS.windowMs };
    window.failures += 1;
    putNewest(windows, key, window);
  };
  const forgive = (key: string, failures: number) => {
    const window = read(key);
    if (!window) return;
    window.failures -= failures;
    if (window.failures <= 0) windows.delete(key);
  };
  /** Seconds until the window ends, when `limit` failures are in it; else 0. */
  const over = (key: string, limit: number): number => {
    const window = read(key);
    return window && window.failures >= limit ? Math.max(1, Math.ceil((window.endsAt - clock()) / 1000)) : 0;
  };

  return {
    /** A credential turned out to be wrong. */
    failed(attempt: Attempt): void {
      const keys = keysOf(attempt);
      count(keys.address);
      count(keys.both);
      if (attempt.account !== null) count(keys.account);
    },

    /**
     * A credential turned out to be good: what this address got wrong on the same account is forgiven, wherever it was
     * counted.
     */
    succeeded(attempt: Attempt): void {
      if (attempt.account === null && windows.size === 0) return;
      const keys = keysOf(attempt);
      if (attempt.account !== null) putNewest(trusted, keys.both, clock() + LIMITS.trustedMs);
      const failures = read(keys.both)?.failures ?? 0;
      for (const key of failures > 0 ? [keys.address, keys.account, keys.both] : []) forgive(key, failures);
    },

    /** Seconds to wait before a password is tried again; 0: try it. */
    passwordWait(attempt: Attempt): number {
      const { address, account, both } = keysOf(attempt);
      const direct = over(both, LIMITS.accountFromAddress);
      if (direct > 0 || (trusted.get(both) ?? 0) > clock()) return direct;
      return over(account, LIMITS.account) || (read(both) ? over(address, LIMITS.address) : 0);
    },

    /** Seconds to name in the answer to a failure that is over a limit; 0: an ordinary failure. */
    failureWait(attempt: Attempt): number {
      const { address, account, both } = keysOf(attempt);
      const onAccount =
        attempt.account === null ? 0 : over(both, LIMITS.accountFromAddress + 1) || over(account, LIMITS.account + 1);
      return onAccount || over(address, LIMITS.address + 1);
    },

    /** How much is kept. */
    size: () => windows.size + trusted.size,
  };
}

/**
 * Of one length whatever was sent, so that long names do not fill the memory; and a password typed as a name is not
 * kept.
 */
function keysOf({ ip, account }: Attempt): { address: string; account: string; both: string } {
  const network = subnetOf(ip);
  const name = account === null ? 'token' : `name ${account.toLowerCase()}`;
  const key = (...parts: string[]) => sha256Hex(JSON.stringify(parts)).slice(0, 32);
  return { address: key('address', network), account: key('account', name), both: key('both', network, name) };
}

/**
 * What failed last is forgotten last, so that a flood of made-up names does not wash away the count of the one under
 * attack.
 */
function putNewest<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= MAX_ENTRIES) return;
  // Many at a time: looking for the oldest costs more the more were taken away before it.
  const surplus = [...map.keys()].slice(0, MAX_ENTRIES / 10);
  for (const oldest of surplus) map.delete(oldest);
}
