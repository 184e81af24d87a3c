import { type PackageSample, type Published, projectPath } from './sample.ts';

const file = ({ project, name, version }: Published) =>
  `${projectPath(project)}/packages/generic/${encodeURIComponent(name)}/${encodeURIComponent(version)}/file.bin`;

export const generic: PackageSample = {
  type: 'generic',
  exactUsername: false,
  publish: (what) => ({ path: file(what), init: { method: 'PUT', body: what.content } }),
  file,
  reads: (what) => [file(what)],
  changes: (what) => [{ path: file(what), init: { method: 'PUT', body: 'another' } }],
  duplicate: { status: 400, words: 'Duplicate package is not allowed' },
  repeated: 201,
  full: { status: 403, toldIn: 'reason' },
  immutable: false,
  badNames: ['..', '.', 'a b', 'a/b', '../x', 'ü', 'a%2fb', `${'a'.repeat(256)}`, 'a\\b', 'a;b', 'a?b', '-\n'],
  badVersions: ['..', '1..2', '1/2', '1 0', '../1', '1;2', `${'1'.repeat(256)}`],
};
