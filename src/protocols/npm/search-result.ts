import { defined } from '../../lib/defined.ts';
import { record } from '../../lib/record.ts';

interface Found {
  name: string;
  version: string | undefined;
  date: string;
}

/**
 * One package in a search result, described by its newest version. npm and pnpm abort the whole search when one entry
 * has no `maintainers`, or a keyword that is no string: the values of the publisher are brought into the form that they
 * expect. https://github.com/npm/registry/blob/main/docs/REGISTRY-API.md, "GET /-/v1/search".
 */
export function searchResult(found: Found, { description, keywords, author, license, maintainers, _npmUser }: Said) {
  return {
    ...found,
    links: {},
    ...defined({ description: typeof description === 'string' ? description : undefined }),
    keywords: listOf(keywords).filter((word) => typeof word === 'string'),
    ...defined({
      author: author === undefined ? undefined : personOf(author),
      publisher: _npmUser === undefined ? undefined : personOf(_npmUser),
      license: typeof license === 'string' ? license : undefined,
    }),
    maintainers: listOf(maintainers).map(personOf),
  };
}

type Said = Record<string, unknown>;

const listOf = (value: unknown): unknown[] =>
  Array.isArray(value) ? value : typeof value === 'string' ? value.split(/[\s,]+/).filter((word) => word !== '') : [];

/** `A. Maintainer <a@example.com> (https://...)`, or an object with the same fields. */
function personOf(value: unknown): { username: string; name: string; email?: string } {
  const text = typeof value === 'string' ? value : '';
  const { name, username, email } = record(value);
  // Not one pattern for spaces and what follows them: on a text of spaces it would take minutes.
  const [before = ''] = text.split(/[<(]/, 1);
  const called = [username, name, before.trimEnd()].find((each) => typeof each === 'string') ?? '';
  const mail = typeof email === 'string' ? email : /<([^<>]*)>/.exec(text)?.[1];
  return { username: called as string, name: called as string, ...defined({ email: mail }) };
}
