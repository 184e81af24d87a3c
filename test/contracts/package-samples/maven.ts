import { type PackageSample, type Published, projectPath } from './sample.ts';

const folder = ({ project, name }: Published) => `${projectPath(project)}/packages/maven/${name}`;
const file = (what: Published) => `${folder(what)}/${what.version}/${what.name.split('/').at(-1)}-${what.version}.jar`;

const fullName = (name: string) => `com/example/${name}`;
const grouped = (what: Published): Published => ({ ...what, name: fullName(what.name) });

export const maven: PackageSample = {
  type: 'maven',
  exactUsername: false,
  publish: (what) => ({ path: file(grouped(what)), init: { method: 'PUT', body: what.content } }),
  fullName,
  file: (what) => file(grouped(what)),
  reads: (what) => ['', '.sha1'].map((ending) => `${folder(grouped(what))}/maven-metadata.xml${ending}`),
  index: (what) => `${folder(grouped(what))}/maven-metadata.xml`,
  duplicate: { status: 400, words: 'Duplicate package is not allowed' },
  immutable: true,
  badNames: ['..', 'a b', 'ü', 'a;b', 'a%3fb', `${'a'.repeat(256)}`, 'a//b', '%00', 'a%5cb'],
  badVersions: ['..', '1..2', '1 0', '../1', '1;2', '%2e%2e', `${'1'.repeat(256)}`],
};
