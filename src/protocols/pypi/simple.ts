import type { PackageFile } from '../../domain/packages/address.ts';
import type { PackageContents } from '../../domain/packages/contents.ts';
import { defined } from '../../lib/defined.ts';
import { nameKey } from './format.ts';
import { versionKey } from './version.ts';

/** The stored metadata of a version: from the form of its first file. */
export interface ReleaseMetadata {
  requires_python?: string;
  /** The reason of a yank; it may be empty. */
  yanked?: string;
  [field: string]: unknown;
}

/** The indexed property of a yanked version. */
export const YANKED = 'yanked';

export type SimpleKind = 'html' | 'json';

/** The version of the Simple API: that of PEP 740. */
const API_VERSION = '1.3';

/** Suffixes of the files that belong to a file. */
export const METADATA = '.metadata';
export const SIGNATURE = '.asc';
export const PROVENANCE = '.provenance';

/** The stored metadata of a file: the files of one version may be for different versions of Python. */
export interface FileMetadata {
  requires_python?: string;
  [field: string]: unknown;
}

/** A file in the index. */
interface Listed {
  file: PackageFile;
  url: string;
  python: string | undefined;
  yanked: string | undefined;
  /** SHA-256 of the core metadata, hex. https://peps.python.org/pep-0658/ */
  core?: string;
  signed: boolean;
  /** The address of the provenance. https://peps.python.org/pep-0740/ */
  provenance?: string;
}

/**
 * The two documents of a package, in parts: HTML by PEP 503, JSON by PEP 691. Below a group, where several packages
 * have one name, all files are listed; of two files with one name, the last published one.
 * @param base the public URL; files are always fetched from their project.
 */
export function simplePages(
  packages: readonly PackageContents[],
  base: string,
): Record<SimpleKind, AsyncIterable<string>> {
  const [first] = packages;
  if (!first) throw new Error('an index of no package');
  const name = nameKey(first.package.name);
  const versions = packages.flatMap((each) => each.versions.map(({ version }) => version));
  const files = () => listed(base, packages);
  return { html: htmlPage(name, files()), json: jsonPage(name, eachOnce(versions), files()) };
}

/** Projects below a group may spell a version in different ways; in one project its first file decides. */
function eachOnce(versions: readonly string[]): string[] {
  const kept = new Map<string, string>();
  for (const version of versions) {
    const key = versionKey(version);
    if (!kept.has(key)) kept.set(key, version);
  }
  return [...kept.values()];
}

async function* htmlPage(name: string, files: AsyncIterable<Listed>): AsyncGenerator<string> {
  const [head, end] = frame(`Links for ${name}`);
  yield head;
  for await (const each of files) yield `${link(each)}\n`;
  yield end;
}

async function* jsonPage(
  name: string,
  versions: readonly string[],
  files: AsyncIterable<Listed>,
): AsyncGenerator<string> {
  yield `${JSON.stringify({ meta: { 'api-version': API_VERSION }, name, versions }).slice(0, -1)},"files":[`;
  let separator = '';
  for await (const each of files) {
    yield `${separator}${JSON.stringify(fileEntry(each))}`;
    separator = ',';
  }
  yield ']}';
}

/** The index of all packages. @param root the address of the index, without a trailing slash. */
export function simpleRoot(root: string, names: readonly string[]): Record<SimpleKind, () => string> {
  const projects = [...new Map(names.map((name) => [nameKey(name), name]))];
  const links = () => projects.map(([key, name]) => anchor(`${root}/${key}/`, {}, name));
  return {
    html: () => page('Simple index', links()),
    json: () =>
      JSON.stringify({ meta: { 'api-version': API_VERSION }, projects: projects.map(([key]) => ({ name: key })) }),
  };
}

async function* listed(base: string, packages: readonly PackageContents[]): AsyncGenerator<Listed> {
  const last = await lastOfEach(packages);
  for (const { package: found, metadata, eachFile, versionsWith } of packages.toReversed()) {
    const yanked = new Map<number, string>();
    for await (const [{ id }, said] of metadata(await versionsWith(YANKED)))
      if (typeof said['yanked'] === 'string') yanked.set(id, said['yanked']);
    const folder = `${base}/api/v4/projects/${found.project_id}/packages/pypi/files`;
    for await (const { file, children } of eachFile()) {
      if ((last.get(file.name)?.id ?? file.id) !== file.id) continue;
      const child = (suffix: string) => children.find(({ name }) => name === `${file.name}${suffix}`);
      const core = child(METADATA)?.sha256;
      const url = `${folder}/${file.sha256}/${encodeURIComponent(file.name)}`;
      const provenance = child(PROVENANCE) && `${url}${PROVENANCE}`;
      yield {
        file,
        url,
        python: (JSON.parse(file.metadata ?? '{}') as FileMetadata).requires_python,
        yanked: yanked.get(file.version_id),
        ...defined({ core, provenance }),
        signed: child(SIGNATURE) !== undefined,
      };
    }
  }
}

/** The last published file of each name. One package cannot have two files of one name, so it is not read. */
async function lastOfEach(packages: readonly PackageContents[]): Promise<Map<string, { id: number; at: number }>> {
  const last = new Map<string, { id: number; at: number }>();
  if (packages.length < 2) return last;
  for (const { eachFile } of packages)
    for await (const { file } of eachFile()) {
      const before = last.get(file.name);
      const isLater = !before || (file.created_at - before.at || file.id - before.id) > 0;
      if (isLater) last.set(file.name, { id: file.id, at: file.created_at });
    }
  return last;
}

/** https://peps.python.org/pep-0691/, with the fields of PEP 700, 714 and 740. */
function fileEntry({ file, url, python, yanked, core, signed, provenance }: Listed) {
  const coreMetadata = core === undefined ? false : { sha256: core };
  return {
    filename: file.name,
    url,
    hashes: { sha256: file.sha256, ...defined({ md5: file.md5 ?? undefined }) },
    ...defined({ 'requires-python': python }),
    size: file.size,
    'upload-time': new Date(file.created_at).toISOString(),
    yanked: yanked === undefined ? false : yanked || true,
    'core-metadata': coreMetadata,
    'dist-info-metadata': coreMetadata,
    'gpg-sig': signed,
    ...defined({ provenance }),
  };
}

function link({ file, url, python, yanked, core, signed, provenance }: Listed): string {
  const digest = core === undefined ? undefined : `sha256=${core}`;
  const attributes = {
    'data-requires-python': python,
    'data-yanked': yanked,
    'data-core-metadata': digest,
    'data-dist-info-metadata': digest,
    'data-gpg-sig': signed ? 'true' : undefined,
    'data-provenance': provenance,
  };
  return anchor(`${url}#sha256=${file.sha256}`, attributes, file.name);
}

function anchor(href: string, attributes: Record<string, string | undefined>, text: string): string {
  const all = Object.entries({ href, ...attributes }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return `<a ${all.map(([name, value]) => `${name}="${Bun.escapeHTML(value)}"`).join(' ')}>${Bun.escapeHTML(text)}</a><br>`;
}

function page(title: string, lines: readonly string[]): string {
  const [head, end] = frame(title);
  return [head, ...lines.map((line) => `${line}\n`), end].join('');
}

/** The HTML before the lines of a page, and after them. */
function frame(title: string): [string, string] {
  const heading = Bun.escapeHTML(title);
  const head = [
    '<!DOCTYPE html>',
    `<html><head><meta name="pypi:repository-version" content="${API_VERSION}"><title>${heading}</title></head>`,
    `<body><h1>${heading}</h1>`,
  ];
  return [head.map((line) => `${line}\n`).join(''), '</body></html>\n'];
}
