import { HOUR, MINUTE } from '../../lib/clock.ts';

const FIRST_MS = MINUTE;
const LONGEST_MS = 6 * HOUR;

/**
 * Exponential back-off. @param failures in a row; 0: no wait. @returns the wait before the next attempt, in
 * milliseconds.
 */
export function backoffMs(failures: number): number {
  if (failures <= 0) return 0;
  return Math.min(FIRST_MS * 2 ** Math.min(failures - 1, 30), LONGEST_MS);
}

/**
 * Moves an interval by up to a tenth, so that tasks that began together do not stay together. @param random from 0 to
 * 1.
 */
export const jitter = (ms: number, random: number): number => Math.round(ms * (0.9 + 0.2 * random));
