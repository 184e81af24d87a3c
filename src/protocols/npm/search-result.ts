import { defined } from '../../lib/defined.ts';
import { record } from './format.ts';

interface Found {
  name: string;
  version: string | undefined;
  date: string;
}

/**
 * One package as a search tells of it, by its newest version. npm and pnpm break off the whole search over one entry
 * without `maintainers`, or with a keyword that is no text: what a publisher wrote is brought into the form that they
 * rely on. https://github.com/npm/registry/blob/main/docs/REGISTRY-API.md, "GET /-/v1/search".
 */
export function searchResult(found: Found, { description, keywords, author, license, maintainers }: Said) {
  return {
    ...found,
    links: {},
    ...defined({ description: typeof description === 'string' ? description : undefined }),
    keywords: listOf(keywords).filter((word) => typeof word === 'string'),
    ...defined({
      author: author === undefined ? undefined : personOf(author),
      license: typeof license === 'string' ? license : undefined,
    }),
    maintainers: listOf(maintainers).map(personOf),
  };
}

type Said = Record<string, unknown>;

const listOf = (value: unknown): unknown[] =>
  Array.isArray(value) ? value : typeof value === 'string' ? value.split(/[\s,]+/).filter((word) => word !== '') : [];

/** `A. Maintainer <a@example.com> (https://...)`, or the same as an object. */
function personOf(value: unknown): { username: string; name: string; email?: string } {
  const text = typeof value === 'string' ? value : '';
  const { name, username, email } = record(value);
  // Not by one pattern for blanks and what is behind them: over a text of blanks alone it would take minutes.
  const [before = ''] = text.split(/[<(]/, 1);
  const called = [username, name, before.trimEnd()].find((each) => typeof each === 'string') ?? '';
  const mail = typeof email === 'string' ? email : /<([^<>]*)>/.exec(text)?.[1];
  return { username: called as string, name: called as string, ...defined({ email: mail }) };
}
