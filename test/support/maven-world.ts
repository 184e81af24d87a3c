import { maven } from '../../src/protocols/maven/index.ts';
import type { TestServer } from './server.ts';

type Token = { username: string; secret: string };

/** A project two levels below a group, tokens of both, and the snippets that are handed out for them. */
export async function createMavenWorld(server: TestServer) {
  const root = await server.seed.group();
  const group = await server.seed.group(await server.seed.group(root));
  const project = await server.seed.project(group);
  const write = { scopes: ['write_package_registry'] };
  const address = `${server.url}/api/v4/projects/${project.id}/packages/maven`;
  const reader = await server.seed.deployToken(root, { scopes: ['read_package_registry'] });
  return {
    project: address,
    group: `${server.url}/api/v4/groups/${group.id}/-/packages/maven`,
    writer: await server.seed.deployToken(project, write),
    reader,
    /** Publishes to the project and resolves from the group. */
    builder: await server.seed.deployToken(root, write),
    expired: await server.seed.deployToken(root, { ...write, expiresAt: '2026-01-01' }),

    snippet(title: string, { username, secret }: Token): string {
      const target = { base: server.url, projectId: project.id, groupId: group.id, username, token: secret };
      const found = maven.setup(target).find((each) => each.title === title);
      if (!found) throw new Error(`no snippet ${title}`);
      return found.text;
    },

    /** The content at a path of the repository. */
    async read(path: string): Promise<string> {
      const response = await fetch(`${address}/${path}`, { headers: { 'Deploy-Token': reader.secret } });
      return response.text();
    },
  };
}
