import { printable } from '../../lib/unprintable.ts';

const MAX_LENGTH = 500;

/**
 * The message of an error as it may be kept in the database and shown to an administrator: one line, bounded, without
 * secrets. Drivers and programs put URLs into their messages, with the credentials in them.
 */
export function describeError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const text = message
    .replace(/\/\/[^\s/@]*@/g, '//[secret]@')
    .replace(/\bgl[a-z]{2,4}-[A-Za-z0-9_-]{8,}/g, '[secret]')
    .replace(
      /\b(authorization|password|secret|token)(["']?\s*[:=]\s*["']?)(?:(?:basic|bearer)\s+)?[^\s"',;]+/gi,
      '$1$2[secret]',
    );
  return printable(text.replace(/\s+/g, ' ').trim()).slice(0, MAX_LENGTH);
}
