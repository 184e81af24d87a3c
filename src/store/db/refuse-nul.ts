import { invalidParameter } from '../../lib/errors.ts';

/**
 * PostgreSQL has no NUL in text and fails on it; SQLite keeps it, and its functions stop there. Nothing of ours needs
 * one, so both refuse it alike, wherever it came from: as what was sent, not as a fault of ours.
 * @throws PosternError `invalid`.
 */
export function refuseNul(parameters: unknown): void {
  if (Array.isArray(parameters) && parameters.some((one) => typeof one === 'string' && one.includes('\u0000')))
    throw invalidParameter('Text must not contain a NUL character');
}
