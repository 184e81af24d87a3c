import type { Project } from '../../src/domain/projects/projects.ts';
import type { TestClient } from './client.ts';
import { ROOT_TOKEN, type TestServer } from './server.ts';

/** The address of a project's repository, with or without a user name and secret in it. */
export function repositoryUrl(
  server: TestServer,
  project: Pick<Project, 'full_path'>,
  as?: { username: string; secret: string },
): string {
  return `${as ? server.urlFor(as.username, as.secret) : server.url}/${project.full_path}.git`;
}

/** The folder of a project's repository on the server. @param root the server's folder of repositories. */
export const repositoryFolder = (root: string, projectId: number) =>
  `${root}/${(projectId % 256).toString(16).padStart(2, '0')}/${projectId}.git`;

/** The same as the administrator `root`, who may push everywhere. */
export const rootUrl = (server: TestServer, project: Pick<Project, 'full_path'>) =>
  repositoryUrl(server, project, { username: 'root', secret: ROOT_TOKEN });

/** Makes a repository in a folder of the client's. Every commit adds a line to `file.txt`. */
export async function makeRepository(
  client: TestClient,
  folder: string,
  commits = 1,
  branch = 'main',
): Promise<string> {
  const cwd = client.path(folder);
  await client.ok(['git', 'init', '-q', '-b', branch, cwd]);
  await addCommits(client, cwd, commits, branch);
  return cwd;
}

/**
 * One process however many there are. @param branch is made if it is not there, and is what is checked out in the end.
 */
export async function addCommits(client: TestClient, cwd: string, commits: number, branch: string): Promise<void> {
  const from = await client.run(['git', 'rev-parse', '-q', '--verify', `refs/heads/${branch}`], { cwd });
  const count = from.code === 0 ? Number((await client.ok(['git', 'rev-list', '--count', branch], { cwd })).stdout) : 0;
  let stream = '';
  for (let i = count + 1; i <= count + commits; i++) {
    const text = Array.from({ length: i }, (_, line) => `line ${line + 1}\n`).join('');
    const message = branch === 'main' ? `commit ${i}` : `commit ${i} on ${branch}`;
    stream += `commit refs/heads/${branch}\nmark :${i}\n`;
    stream += `committer A. Maintainer <maintainer@example.com> ${1_700_000_000 + i} +0000\n`;
    stream += `data ${message.length}\n${message}\n`;
    if (i === count + 1 && from.code === 0) stream += `from ${from.stdout.trim()}\n`;
    stream += `M 100644 inline file.txt\ndata ${text.length}\n${text}\n`;
  }
  await client.ok(['git', 'fast-import', '--quiet'], { cwd, stdin: stream });
  await client.ok(['git', 'checkout', '-q', '-f', branch], { cwd });
}

/**
 * Gives a project a repository: made in the client's folder `source`-something, and pushed by root. @returns that
 * folder.
 */
export async function seedRepository(
  server: TestServer,
  client: TestClient,
  project: Project,
  commits = 1,
): Promise<string> {
  const cwd = await makeRepository(client, `source-${project.id}`, commits);
  await client.ok(['git', 'push', '-q', rootUrl(server, project), 'main'], { cwd });
  return cwd;
}
