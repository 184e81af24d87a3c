import { codeOf } from '../../lib/code-of.ts';

/** What a file system answers of what is not there; anything else that went wrong is thrown on. */
export const ifMissing =
  <T>(instead: T) =>
  (error: unknown): T => {
    if (codeOf(error) === 'ENOENT') return instead;
    throw error;
  };
