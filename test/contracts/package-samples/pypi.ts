import { uploadForm, wheel } from '../../support/wheel.ts';
import { type PackageSample, type Published, projectPath } from './sample.ts';

const root = ({ project }: Published) => `${projectPath(project)}/packages/pypi`;
/** The file is addressed by its digest: it must be made the same again. */
const made = ({ name, version, content }: Published) =>
  wheel(name, version, { more: [{ name: 'content.bin', content, stored: true }] });
const sha256 = (bytes: Uint8Array) => new Bun.CryptoHasher('sha256').update(bytes).digest('hex');

export const pypi: PackageSample = {
  type: 'pypi',
  exactUsername: true,
  publish: (what) => ({
    path: root(what),
    init: { method: 'POST', body: uploadForm(what.name, what.version, made(what)) },
  }),
  file: (what) => {
    const { file, bytes } = made(what);
    return `${root(what)}/files/${sha256(bytes)}/${file}`;
  },
  reads: (what) => [`${root(what)}/simple/${what.name}/`],
  index: (what) => `${root(what)}/simple/${what.name}/`,
  duplicate: { status: 400, words: 'File name has already been taken' },
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
