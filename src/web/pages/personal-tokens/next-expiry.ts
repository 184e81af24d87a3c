import type { PersonalToken } from '../../../domain/personal-tokens/personal-tokens.ts';
import { DAY } from '../../../lib/clock.ts';

/**
 * A token that is rotated lives as long again as it was made for; one without an end gets a year. Whole days, as people
 * set them.
 */
export function nextExpiry({ createdAt, expiresAt }: PersonalToken, now: number): number {
  const lifetime = expiresAt === null ? 365 * DAY : Math.max(DAY, expiresAt - createdAt);
  return Math.ceil((now + lifetime) / DAY) * DAY;
}
