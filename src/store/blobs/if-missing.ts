import { codeOf } from '../../lib/code-of.ts';

/** The value for a missing file; any other error is thrown on. */
export const ifMissing =
  <T>(instead: T) =>
  (error: unknown): T => {
    if (codeOf(error) === 'ENOENT') return instead;
    throw error;
  };
