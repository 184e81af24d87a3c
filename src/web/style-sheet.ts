import { readFileSync } from 'node:fs';

/**
 * The files of the style sheet in `public/`, one for each component of `views/`. A later file wins over an earlier one.
 */
const FILES = [
  'tokens',
  'base',
  'utilities',
  'layout',
  'page-header',
  'section',
  'button',
  'form',
  'badge',
  'notice',
  'table',
  'list',
  'project-home',
  'usage',
  'content',
  'empty-state',
  'copy-field',
  'shown-once',
  'confirm',
  'pagination',
  'centred',
  'narrow',
];

/**
 * The style sheet of all pages. Called as a macro (https://bun.sh/docs/bundler/macros): the files are joined while the
 * program is put together, so that the single executable holds the result.
 */
export function styleSheet(): string {
  return FILES.map((name) => readFileSync(new URL(`./public/${name}.css`, import.meta.url), 'utf8')).join('\n');
}
