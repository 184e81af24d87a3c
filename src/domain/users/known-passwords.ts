import { createHmac, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { type Clock, MINUTE } from '../../lib/clock.ts';

/** How long a password that was right is remembered. */
export const KNOWN_FOR_MS = 10 * MINUTE;
const MAX_ENTRIES = 10_000;

/**
 * Remembers for ten minutes that a password was right, so that a clone of twenty requests costs one slow hash. Only an
 * HMAC under a process-lifetime key is kept. It answers only "right password": the user is loaded on each request, and
 * a changed password or a blocked user ends it at once, because the stored hash is part of what is kept.
 */
export function createKnownPasswords(clock: Clock) {
  const key = randomBytes(32);
  const known = new LRUCache<string, number>({ max: MAX_ENTRIES });
  const mark = (stored: string, password: string) =>
    createHmac('sha256', key).update(`${stored.length}:${stored}${password}`).digest('base64');

  return {
    has(storedHash: string, password: string): boolean {
      const until = known.get(mark(storedHash, password));
      return until !== undefined && until > clock();
    },
    add(storedHash: string, password: string): void {
      known.set(mark(storedHash, password), clock() + KNOWN_FOR_MS);
    },
  };
}
