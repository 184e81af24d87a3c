import { uploadForm, wheel } from '../../support/wheel.ts';
import { groupPath, type PackageSample, type Published, projectPath } from './sample.ts';

const root = ({ project }: Published) => `${projectPath(project)}/packages/pypi`;
/** The file is addressed by its digest: it must be made the same again. */
const made = ({ name, version, content }: Published) =>
  wheel(name, version, { more: [{ name: 'content.bin', content, stored: true }] });
const sha256 = (bytes: Uint8Array) => new Bun.CryptoHasher('sha256').update(bytes).digest('hex');

const fileIn = (index: string, what: Published) => {
  const { file, bytes } = made(what);
  return `${index}/files/${sha256(bytes)}/${file}`;
};

export const pypi: PackageSample = {
  type: 'pypi',
  exactUsername: true,
  otherSpelling: (name) => name.toUpperCase().replaceAll('-', '_'),
  publish: (what) => ({
    path: root(what),
    init: { method: 'POST', body: uploadForm(what.name, what.version, made(what)) },
  }),
  file: (what) => fileIn(root(what), what),
  inGroup: (group, what) => {
    const index = `${groupPath(group)}/packages/pypi`;
    return [`${index}/simple/${what.name}/`, fileIn(index, what)];
  },
  changes: (what) => [
    { path: `${root(what)}/${what.name}/${what.version}/yank`, init: { method: 'PUT', body: '{}' } },
    { path: `${root(what)}/${what.name}/${what.version}/yank`, init: { method: 'DELETE' } },
    {
      path: root(what),
      init: {
        method: 'POST',
        body: uploadForm(what.name, what.version, {
          file: `${what.name}-${what.version}-2-py3-none-any.whl`,
          bytes: made(what).bytes,
        }),
      },
    },
  ],
  reads: (what) => [`${root(what)}/simple/${what.name}/`],
  index: (what) => `${root(what)}/simple/${what.name}/`,
  duplicate: { status: 400, words: 'File name has already been taken' },
  repeated: 200,
  full: { status: 403, toldIn: 'message' },
  immutable: true,
  badNames: ['', '..', '.', '-', '-a', 'a-', '_a', 'a b', 'a/b', 'ü', 'a;b', 'a\\b', 'a\u0000b', 'a'.repeat(215)],
  badVersions: [
    '',
    'latest',
    '1..0',
    '1.0/../..',
    '1.0-',
    '1.0+',
    '1.0 ',
    'v',
    '1.0+a..b',
    `1.${'0'.repeat(300)}`,
    '1,0',
  ],
};
