import { groupPath, type PackageSample, type Published, projectPath } from './sample.ts';

const root = ({ project }: Published) => `${projectPath(project)}/packages/maven`;
const folder = (what: Published) => `${root(what)}/${what.name}`;
/** Below the root of a repository. */
const jar = ({ name, version }: Published) => `${name}/${version}/${name.split('/').at(-1)}-${version}.jar`;
const file = (what: Published) => `${root(what)}/${jar(what)}`;

/** A name with a group before it is taken as it is. */
const fullName = (name: string) => (name.includes('/') ? name : `com/example/${name}`);
const within = (repository: string, what: Published) =>
  [`${what.name}/maven-metadata.xml`, jar(what)].map((path) => `${repository}/${path}`);
const grouped = (what: Published): Published => ({ ...what, name: fullName(what.name) });

export const maven: PackageSample = {
  type: 'maven',
  exactUsername: false,
  publish: (what) => ({ path: file(grouped(what)), init: { method: 'PUT', body: what.content } }),
  fullName,
  file: (what) => file(grouped(what)),
  reads: (what) => ['', '.sha1'].map((ending) => `${folder(grouped(what))}/maven-metadata.xml${ending}`),
  index: (what) => `${folder(grouped(what))}/maven-metadata.xml`,
  inGroup: (group, what) => within(`${groupPath(group)}/packages/maven`, grouped(what)),
  anywhere: { name: (projectPath) => projectPath, reads: (what) => within('/packages/maven', grouped(what)) },
  changes: (what) => [
    { path: file(grouped(what)).replace(/\.jar$/, '-sources.jar'), init: { method: 'PUT', body: 'a file more' } },
  ],
  duplicate: { status: 400, words: 'Duplicate package is not allowed' },
  repeated: 200,
  full: { status: 507, toldIn: 'detail' },
  immutable: true,
  badNames: ['..', 'a b', 'ü', 'a;b', 'a%3fb', `${'a'.repeat(256)}`, 'a//b', '%00', 'a%5cb'],
  badVersions: ['..', '1..2', '1 0', '../1', '1;2', '%2e%2e', `${'1'.repeat(256)}`],
};
