import { npmTarball, publication } from '../../support/npm-tarball.ts';
import { groupPath, type PackageSample, type Published, projectPath } from './sample.ts';

const root = ({ project }: Published) => `${projectPath(project)}/packages/npm`;
const packument = (what: Published) => `${root(what)}/${what.name.replace('/', '%2f')}`;
const documents = (registry: string, { name }: Published) =>
  ['', '/-/package'].map((place, i) => `${registry}${place}/${name.replace('/', '%2f')}${i === 0 ? '' : '/dist-tags'}`);
const tag = (what: Published, name: string) => `${documents(root(what), what)[1]}/${name}`;

export const npm: PackageSample = {
  type: 'npm',
  exactUsername: false,
  publish: async (what) => {
    const manifest = { name: what.name, version: what.version };
    const body = JSON.stringify(publication(manifest, await npmTarball(manifest, noise(what.content))));
    return { path: packument(what), init: { method: 'PUT', body, headers: { 'Content-Type': 'application/json' } } };
  },
  file: (what) => `${root(what)}/${what.name}/-/${what.name}-${what.version}.tgz`,
  reads: (what) => documents(root(what), what),
  inGroup: (group, what) => documents(`${groupPath(group)}/packages/npm`, what),
  anywhere: {
    name: (path) => `@${path.split('/')[0]}/${path.split('/').at(-1)}`,
    reads: (what) => documents('/packages/npm', what),
  },
  changes: (what) => [
    { path: tag(what, 'latest'), init: { method: 'PUT', body: JSON.stringify(what.version) } },
    { path: tag(what, 'latest'), init: { method: 'DELETE' } },
    {
      path: packument(what),
      init: {
        method: 'PUT',
        body: JSON.stringify({ name: what.name, versions: { [what.version]: { deprecated: 'take another' } } }),
      },
    },
  ],
  index: packument,
  duplicate: { status: 403, words: 'Package already exists.' },
  repeated: 403,
  full: { status: 403, toldIn: 'error' },
  immutable: true,
  badNames: [
    '..',
    '.',
    '-',
    'a b',
    '@a/b/c',
    '@../x',
    '@a/..',
    'ü',
    'a;b',
    `${'a'.repeat(215)}`,
    '@/a',
    '@a/',
    'a\\b',
    'a\u0000b',
  ],
  badVersions: [
    '',
    '1',
    '1.0',
    'v1.0.0',
    '1.0.0/../..',
    '01.0.0',
    '9007199254740993.0.0',
    `1.0.0-${'a'.repeat(300)}`,
    'latest',
  ],
};

/** Long content becomes bytes that gzip cannot make less of: limits are of what is sent. */
function noise(content: string): string {
  if (content.length < 1000) return content;
  const bytes = new Uint8Array(content.length);
  for (let at = 0; at < bytes.length; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  return Buffer.from(bytes).toString('hex');
}
