import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { Glob } from 'bun';
import { ROOT } from './support/source-tree.ts';

/**
 * Keeps comments, documents, texts of the user interface and test titles in plain technical English: CONTRIBUTING.md,
 * "Language". Each rule names the words that it bans and what to write instead.
 */
interface Rule {
  pattern: RegExp;
  instead: string;
}

const BANNED: readonly Rule[] = [
  { pattern: /\b(anew|afresh)\b/i, instead: 'again' },
  { pattern: /\bamid(st)?\b/i, instead: 'during, while' },
  { pattern: /\bmeanwhile\b/i, instead: 'name the time: during the upload, since the last read' },
  { pattern: /\bwho(m|so)?ever\b/i, instead: 'name the person or the caller: the client, the operator, anyone who' },
  { pattern: /\bbesides\b/i, instead: 'also, in addition, other than' },
  { pattern: /\btold\b|\btell(s|ing)? of\b/i, instead: 'log, report, return, show, specify' },
  { pattern: /\bmend(s|ed|ing|able)?\b/i, instead: 'fix, correct, repair' },
  { pattern: /\b(come|comes|came|coming) by\b/i, instead: 'obtain, get, pass' },
  {
    pattern:
      /\b(stands?|stood|standing) (here|there|at|in|on|above|below|beside|behind|under|before|after|apart|first|alone)\b/i,
    instead: 'is shown, is listed, is written, is in',
  },
  {
    pattern:
      /\b(lies?|lay|lying) (here|there|in|at|on|above|below|beside|between|behind|under|within|apart|elsewhere)\b/i,
    instead: 'is stored, is in',
  },
  { pattern: /\b(oneself|unmade|asker|asks? anew)\b/i, instead: 'yourself, the caller, revoked' },
  { pattern: /\b(without end|of itself)\b/i, instead: 'for ever, by itself' },
  { pattern: /\brooms?\b(?! (left|for))/i, instead: 'protocol (a folder of src/protocols), space or quota (storage)' },
];

/** Names that were replaced throughout the program, so that documents and comments can't keep them. */
const OLD_NAMES =
  /\b(whenThere|aloneBy\w+|takesTheRest|allowSilence|sendElsewhere|holdBlobs|storeInto|takeRoom|TakeRoom|isNoRoom|NoRoom|isStandstill|standingOf|createStandings|letTell|tellNoMore|wishesOf|[sS]entForms?|sentOnce|AskedFirst|AskLink|CloseLook|IN_NEED_OF_CARE|SAYS_NOTHING|AT_ONCE|PATIENCE|createTurns|holdSmall|inParts|[dD]oerOf|createExchange|serveAlone|startJobs|\w+Rooms?)\b/;

/** A clause for a thing: "What is younger is not removed". A question may start so. */
const HEADLESS: Rule = { pattern: /^(what|who|whose)\b.*[^?]$/i, instead: 'name the thing or the person first' };

/** Written by tests from texts that are checked at their source, or data. */
const GENERATED = ['docs/openapi.json', 'docs/permissions.md', 'test/snapshots/', 'test/language.test.ts'];

const isUnder = (path: string, prefixes: readonly string[]) => prefixes.some((prefix) => path.startsWith(prefix));

const FILES = ['*.md', '{src,test,bench}/**/*.{ts,tsx,css,md,sh}', 'script/*', 'docs/**/*.md']
  .flatMap((pattern) => [...new Glob(pattern).scanSync(ROOT)])
  .filter((path) => !isUnder(path, GENERATED))
  .sort();

interface Text {
  line: number;
  text: string;
}

const isCode = (path: string) => /\.(tsx?|css)$/.test(path);

/** The comment that a line of code holds, without its marks; undefined for a line without one. */
const commentOf = (line: string) =>
  /^\s*(?:\/\*\*?|\*\/?|\/\/)\s?(.*?)(?:\*\/)?\s*$/.exec(line)?.[1] ?? / \/\/ (.*)$/.exec(line)?.[1];

/**
 * Sentences of prose, each with the line that its paragraph starts on: of comments in code, of paragraphs in Markdown.
 */
function sentences(path: string, source: string): Text[] {
  const paragraphs: Text[] = [];
  let open: Text | undefined;
  let fenced = false;
  source.split('\n').forEach((line, i) => {
    if (line.startsWith('```')) fenced = !fenced;
    const prose = isCode(path)
      ? commentOf(line)
      : !fenced && /^(\s{0,3}|- |\d+\. )\S/.test(line)
        ? line.trim()
        : undefined;
    const text = prose?.replace(/^([-*|]|\d+\.)\s+/, '').replace(/^@\w+( \w+\b\.?)?\s*/, '');
    const begins = !open || /^([-*]|\d+\.) |^@/.test(prose ?? '');
    if (!text || /^#|^\|/.test(prose ?? '')) {
      open = undefined;
    } else if (begins || !open) {
      open = { line: i + 1, text };
      paragraphs.push(open);
    } else {
      open.text += ` ${text}`;
    }
  });
  return paragraphs.flatMap(({ line, text }) => text.split(/(?<=[.!?:]) +(?=[A-Z])/).map((text) => ({ line, text })));
}

/** Test titles, and strings that start like a sentence. */
function titlesAndStrings(source: string): Text[] {
  return source.split('\n').flatMap((line, i) => {
    const title = /\b(?:describe|\w*[tT]est(?:\.\w+)?|onEach\w+)\((?:`|'|")(.*?)(?:`|'|"), /.exec(line)?.[1];
    const strings = [...line.matchAll(/['"`>](W[^'"`<]* [^'"`<]*)['"`<]/g)].map(([, text = '']) => text);
    return [...(title === undefined ? [] : [title]), ...strings].map((text) => ({ line: i + 1, text }));
  });
}

/** @returns what is not plain English in the file, as `path:line: text (write: ...)`. */
function findings(path: string, source: string): string[] {
  const said = ({ line, text }: Text, { instead }: Rule) => `${path}:${line}: ${text.trim()} (write: ${instead})`;
  const words = source
    .split('\n')
    .flatMap((text, i) =>
      BANNED.filter(({ pattern }) => pattern.test(text)).map((rule) => said({ line: i + 1, text }, rule)),
    );
  const clauses = [...sentences(path, source), ...(isCode(path) ? titlesAndStrings(source) : [])]
    .filter(({ text }) => HEADLESS.pattern.test(text))
    .map((text) => said(text, HEADLESS));
  return [...words, ...clauses];
}

test('comments, documents, user interface and test titles are written in plain English', async () => {
  const found: string[] = [];
  for (const path of FILES) {
    found.push(...findings(path, await Bun.file(join(ROOT, path)).text()));
  }
  expect(found).toEqual([]);
});

test('no replaced name is left, in any file', async () => {
  const left: string[] = [];
  for (const path of FILES) {
    const lines = (await Bun.file(join(ROOT, path)).text()).split('\n');
    lines.forEach((line, i) => {
      if (OLD_NAMES.test(line)) left.push(`${path}:${i + 1}: ${line.trim()}`);
    });
  }
  expect(left).toEqual([]);
});

test('the check finds banned words in comments, strings, test titles and documents', () => {
  const count = (path: string, text: string) => findings(path, text).length;
  expect(count('src/a.ts', '/** What is younger is not removed. */')).toBe(1);
  expect(count('src/a.ts', '// It is read anew.\nconst a = `Whoever asks`;')).toBe(2);
  expect(count('src/a.ts', "test('who may not read is refused', () => {")).toBe(1);
  expect(count('src/a.tsx', '<p>What clients publish is listed below.</p>')).toBe(1);
  expect(count('docs/a.md', 'First.\nWhat is deleted\nis gone.')).toBe(1);
});

test('the check accepts questions, terms and words that only look alike', () => {
  const count = (path: string, text: string) => findings(path, text).length;
  expect(count('src/a.ts', '// What does it reach? TLS stands for Transport Layer Security.')).toBe(0);
  expect(count('src/a.ts', '/** @returns what was read, as a recommended value that we understand in full. */')).toBe(
    0,
  );
  expect(count('docs/a.md', '## Who may do what\n\nA caller who may read it is answered.')).toBe(0);
});
