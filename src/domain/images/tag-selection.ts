import { invalidParameter } from '../../lib/errors.ts';
import { compilePattern } from '../../lib/pattern.ts';
import { parsePeriod } from '../../lib/period.ts';

/** Which tags of an image are deleted at once. `latest` never is. */
export interface TagSelection {
  /** Whether the name of a tag is one to delete. */
  matches: (tag: string) => boolean;
  /** Whether a tag of such a name is kept all the same. */
  keep: (tag: string) => boolean;
  /** How many of the tags that match are kept: those that were set last. */
  keepNewest: number;
  /** Tags that were set less long ago than this are kept. In milliseconds. */
  olderThan: number;
}

/** A selection as the REST API takes it. Patterns are for whole names of tags; the period is such as `7d`. */
export interface TagRules {
  nameRegex: string;
  nameRegexKeep: string | null;
  keepN: number | null;
  olderThan: string | null;
}

/** @throws PosternError about the parameter that is wrong, named as in the REST API. */
export async function toTagSelection({ nameRegex, nameRegexKeep, keepN, olderThan }: TagRules): Promise<TagSelection> {
  return {
    matches: await compileTagPattern('name_regex_delete', nameRegex),
    keep: nameRegexKeep ? await compileTagPattern('name_regex_keep', nameRegexKeep) : () => false,
    keepNewest: keepN ?? 0,
    olderThan: olderThan ? parsePeriod('older_than', olderThan) : 0,
  };
}

/**
 * @returns a test of whether a pattern matches a whole tag.
 * @throws PosternError `invalid`, about the parameter.
 */
async function compileTagPattern(parameter: string, pattern: string): Promise<(tag: string) => boolean> {
  const matches = await compilePattern(pattern);
  if (matches) return matches;
  throw invalidParameter(
    `${parameter} is an invalid regexp`,
    'Send an RE2 regular expression of at most 255 characters and 500 repetitions.',
  );
}
