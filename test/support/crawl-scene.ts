import { BY_SYSTEM } from '../../src/domain/access/confirm.ts';
import type { Group } from '../../src/domain/groups/groups.ts';
import { ROLES, type Role } from '../../src/domain/members/roles.ts';
import type { Project } from '../../src/domain/projects/projects.ts';
import { createClient } from './client.ts';
import { furnishContent } from './content.ts';
import { rootUrl, seedRepository } from './git.ts';
import { PASSWORD } from './seed.ts';
import type { TestServer } from './server.ts';

/**
 * The walkers: with or without a role in the private group `lab`. The contractor has it in `lab/engine` alone.
 */
export const ROLE_OF = {
  anonymous: 0,
  stranger: 0,
  guest: 10,
  reporter: 20,
  developer: 30,
  contractor: 30,
  maintainer: 40,
  owner: 50,
  administrator: 0,
};
export type Walker = keyof typeof ROLE_OF;

/**
 * A private group and a public one, each with a project that has something of everything in it: code, images, packages,
 * tokens.
 */
export async function furnishForWalkers(server: TestServer): Promise<void> {
  const { seed } = server;
  const lab = await seed.group(null, { path: 'lab', visibility: 'private' });
  const open = await seed.group(null, { path: 'open', visibility: 'public' });
  const engine = await seed.project(lab, { path: 'engine', visibility: 'private' });
  const tools = await seed.group(lab, { path: 'tools', visibility: 'private' });
  await seed.project(tools, { path: 'loom', visibility: 'private' });
  const commons = await seed.project(open, { path: 'commons', visibility: 'public' });
  for (const [username, level] of Object.entries(ROLE_OF)) {
    if (username === 'anonymous') continue;
    const user = await seed.user({ username, password: PASSWORD, admin: username === 'administrator' });
    const role = (Object.keys(ROLES) as Role[]).find((one) => ROLES[one] === level);
    if (role) await seed.join(username === 'contractor' ? engine : lab, user, role);
  }
  await fill(server, lab, engine);
  await fill(server, open, commons);
  await seed.deployToken(lab, { name: 'for all of it', scopes: ['read_registry'] });
}

async function fill(server: TestServer, group: Group, project: Project): Promise<void> {
  const { seed, services } = server;
  const scopes = ['read_repository', 'read_registry'];
  await seed.deployToken(project, { name: 'works', scopes });
  const old = await seed.deployToken(project, { name: 'is over', scopes });
  await services.deployTokens.revoke({ kind: 'project', id: project.id, path: project.full_path }, old.id, BY_SYSTEM);
  await furnishContent(server, group, project);
  using client = createClient();
  const cwd = await seedRepository(server, client, project);
  // More than the project's home names, so that it leads to the lists of all.
  for (let i = 1; i <= 7; i++) {
    await client.ok(['git', 'branch', `part-${i}`], { cwd });
    await client.ok(['git', 'tag', `v1.${i}`], { cwd });
  }
  for (const what of ['--all', '--tags'])
    await client.ok(['git', 'push', '-q', rootUrl(server, project), what], { cwd });
}
