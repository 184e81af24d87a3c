import { type Clock, MINUTE } from '../lib/clock.ts';

/** How many failures are borne in a window before more of them are answered with "too many". */
export const LIMITS = { address: 60, account: 100, accountFromAddress: 10, windowMs: MINUTE };

/** Each map is emptied of what is over when it grows past this, and of the oldest when that is not enough. */
const MAX_ENTRIES = 50_000;

interface Window {
  failures: number;
  endsAt: number;
}

/** Who tried: the address, and the account that the credential names, if it names one. */
export interface Attempt {
  ip: string;
  account: string | null;
}

export type Attempts = ReturnType<typeof createAttempts>;

/**
 * Counts failed authentications per address, per account name and per both. What is good is never refused for the
 * failures of others behind the same address: a token costs one look-up and is always looked up, and only a failing one
 * meets the limit. A password costs a slow hash, so it is not even tried when this address has failed on this account too
 * often; or has failed on it at all while the address, or the account from everywhere, is over its limit.
 */
export function createAttempts(clock: Clock) {
  const windows = new Map<string, Window>();
  const address = (a: Attempt) => `ip ${a.ip}`;
  const account = (a: Attempt) => `account ${a.account?.toLowerCase()}`;
  const both = (a: Attempt) => `both ${a.ip} ${a.account?.toLowerCase()}`;

  const read = (key: string): Window | undefined => {
    const window = windows.get(key);
    return window && window.endsAt > clock() ? window : undefined;
  };
  const count = (key: string) => {
    const window = read(key);
    if (window) window.failures += 1;
    else windows.set(key, { failures: 1, endsAt: clock() + LIMITS.windowMs });
    if (windows.size > MAX_ENTRIES) shed(windows, clock());
  };
  const over = (key: string, limit: number): number => {
    const window = read(key);
    return window && window.failures >= limit ? Math.max(1, Math.ceil((window.endsAt - clock()) / 1000)) : 0;
  };

  return {
    /** A credential turned out to be wrong. */
    failed(attempt: Attempt): void {
      count(address(attempt));
      if (attempt.account === null) return;
      count(account(attempt));
      count(both(attempt));
    },

    /** A credential turned out to be good: what this address got wrong on this account is forgiven. */
    succeeded(attempt: Attempt): void {
      if (attempt.account !== null) windows.delete(both(attempt));
    },

    /** Seconds to wait before a password is tried again; 0: try it. */
    passwordWait(attempt: Attempt): number {
      const direct = over(both(attempt), LIMITS.accountFromAddress);
      if (direct > 0 || !read(both(attempt))) return direct;
      return over(account(attempt), LIMITS.account) || over(address(attempt), LIMITS.address);
    },

    /** Seconds to name in the answer to a failure that is over a limit; 0: an ordinary failure. */
    failureWait(attempt: Attempt): number {
      const onAccount =
        attempt.account === null
          ? 0
          : over(both(attempt), LIMITS.accountFromAddress + 1) || over(account(attempt), LIMITS.account + 1);
      return onAccount || over(address(attempt), LIMITS.address + 1);
    },
  };
}

function shed(windows: Map<string, Window>, now: number): void {
  for (const [key, window] of windows) if (window.endsAt <= now) windows.delete(key);
  for (const key of windows.keys()) {
    if (windows.size <= MAX_ENTRIES / 2) break;
    windows.delete(key);
  }
}
