import type { TestClient } from '../../support/client.ts';
import type { TestServer } from '../../support/server.ts';

/** Whether stock git gets into a project with a deploy token as the API gave it out. */
export async function opens(
  server: TestServer,
  client: TestClient,
  project: { full_path: string },
  { username, token }: { username: string; token: string },
): Promise<boolean> {
  const { code } = await client.run(['git', 'ls-remote', `${server.urlFor(username, token)}/${project.full_path}.git`]);
  return code === 0;
}
