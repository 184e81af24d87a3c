import { join } from 'node:path';
import type { Ran, RunOptions, TestClient } from './client.ts';

/** Maven's own plug-ins, and what they need, come from where Debian's packages put them: nothing is fetched from outside. */
const MIRROR = `<mirrors><mirror><id>debian</id><mirrorOf>central</mirrorOf><url>file:///usr/share/maven-repo</url></mirror></mirrors>`;

/** Without the compilers that make a long run fast, a short one is twice as fast. */
const ENV = { MAVEN_OPTS: '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto' };

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
  const run = (words: readonly string[], options: RunOptions = {}): Promise<Ran> =>
    client.run(['mvn', '-B', '-q', '-s', file, `-Dmaven.repo.local=${folder}/repository`, ...words], {
      cwd: folder,
      timeoutSeconds: 120,
      ...options,
      env: { ...ENV, ...options.env },
    });
  return {
    folder,
    /** A file of its local repository. */
    local: (path: string) => Bun.file(join(folder, 'repository', path)),
    run,
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
