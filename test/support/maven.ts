import { join } from 'node:path';
import type { Ran, RunOptions, TestClient } from './client.ts';

/**
 * Maven's own plug-ins, and what they need, come from where Debian's packages put them: nothing is fetched from
 * outside.
 */
const MIRROR = `<mirrors><mirror><id>debian</id><mirrorOf>central</mirrorOf><url>file:///usr/share/maven-repo</url></mirror></mirrors>`;

/** Without the compilers that make a long run fast, a short one is twice as fast. */
const ENV = { MAVEN_OPTS: '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto' };

/**
 * A project that builds nothing but itself. The plug-ins that Maven 3.8 would take by itself are older than Debian's.
 * @param coordinates `com.example:app:1.0`. @param dependency one of the same group and version, or none.
 * @param repositories the text pasted into it.
 */
export function pom(coordinates: string, dependency: string | null, repositories: string): string {
  const [groupId, artifactId, version] = coordinates.split(':');
  const needs = `<dependencies><dependency><groupId>${groupId}</groupId><artifactId>${dependency}</artifactId><version>${version}</version><type>pom</type></dependency></dependencies>`;
  const plugin = (name: string, number: string, more = '') =>
    `<plugin><artifactId>maven-${name}-plugin</artifactId><version>${number}</version>${more}</plugin>`;
  const resolve =
    '<executions><execution><phase>package</phase><goals><goal>copy-dependencies</goal></goals></execution></executions>';
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>${groupId}</groupId><artifactId>${artifactId}</artifactId><version>${version}</version><packaging>pom</packaging>
${dependency === null ? '' : needs}
<build><plugins>${plugin('install', '3.1.0')}${plugin('deploy', '3.0.0')}${plugin('dependency', '3.5.0', resolve)}</plugins></build>
${repositories}</project>`;
}

const PLUGINS = {
  deploy: 'org.apache.maven.plugins:maven-deploy-plugin:3.0.0:deploy-file',
  get: 'org.apache.maven.plugins:maven-dependency-plugin:3.5.0:get',
} as const;

export type Maven = ReturnType<typeof createMaven>;

/**
 * Runs `mvn` as someone who pasted a snippet into `settings.xml`, with a local repository of its own.
 * @param settings the snippet; the mirror is put in before its end.
 */
export async function createMaven(client: TestClient, settings: string) {
  const folder = client.path(crypto.randomUUID());
  const file = join(folder, 'settings.xml');
  await Bun.write(file, settings.replace('</settings>', `${MIRROR}</settings>`));
  const repository = `-Dmaven.repo.local=${folder}/repository`;
  const within = (options: RunOptions = {}) => ({
    cwd: folder,
    timeoutSeconds: 120,
    ...options,
    env: { ...ENV, ...options.env },
  });
  const run = (words: readonly string[], options?: RunOptions): Promise<Ran> =>
    client.run(['mvn', '-B', '-q', '-s', file, repository, ...words], within(options));
  return {
    folder,
    /** A file of its local repository. */
    local: (path: string) => Bun.file(join(folder, 'repository', path)),
    /** A line as it is pasted into a shell, in the folder where `settings.xml` is. */
    shell: (line: string) =>
      client.run(['sh', '-c', line], within({ env: { MAVEN_OPTS: `${ENV.MAVEN_OPTS} ${repository}` } })),
    /** `mvn deploy:deploy-file`. @param coordinates `com.example:lib:1.0`. */
    deploy(url: string, coordinates: string, path: string, more: readonly string[] = []): Promise<Ran> {
      const [groupId, artifactId, version] = coordinates.split(':');
      const names = [`-DgroupId=${groupId}`, `-DartifactId=${artifactId}`, `-Dversion=${version}`];
      return run([PLUGINS.deploy, ...names, `-Dfile=${path}`, `-Durl=${url}`, '-DrepositoryId=gitlab-maven', ...more]);
    },
    /** `mvn dependency:get`. */
    get: (url: string, coordinates: string, more: readonly string[] = []): Promise<Ran> =>
      run([PLUGINS.get, `-Dartifact=${coordinates}`, `-DremoteRepositories=gitlab-maven::default::${url}`, ...more]),
  };
}
