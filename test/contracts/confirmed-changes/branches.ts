import { SYSTEM } from '../../../src/domain/audit/author.ts';
import { createClient } from '../../support/client.ts';
import { makeRepository } from '../../support/git.ts';
import { serveOverPipe } from '../../support/git-over-pipe.ts';
import type { Cases, World } from './world.ts';

/** A new project with the branches `main`, which is the default, and `dev`, and the tag `v1`. */
async function withBranches({ app, newProject, inProject }: World) {
  using client = createClient();
  using pipe = await serveOverPipe(app, SYSTEM);
  const project = await newProject();
  const cwd = await makeRepository(client, 'source');
  await client.ok(['git', 'push', '-q', pipe.url(project), 'main', 'main:dev', 'main:refs/tags/v1'], {
    cwd,
    env: pipe.env,
  });
  return inProject(project);
}

const JSON_BODY = { 'Content-Type': 'application/json' };

export const BRANCHES: Cases = {
  'PUT /api/v4/projects/:id # default branch': async (world) => ({
    headers: { ...world.byToken, ...JSON_BODY },
    on: await withBranches(world),
    body: JSON.stringify({ default_branch: 'dev' }),
  }),
  'POST /api/v4/projects/:id/repository/branches': async (world) => ({
    headers: { ...world.byToken, ...JSON_BODY },
    on: await withBranches(world),
    body: JSON.stringify({ branch: 'new', ref: 'main' }),
  }),
  'DELETE /api/v4/projects/:id/repository/branches/:branch': async (world) => ({
    headers: world.byToken,
    on: await withBranches(world),
    values: { branch: 'dev' },
  }),
  'POST /api/v4/projects/:id/repository/tags': async (world) => ({
    headers: { ...world.byToken, ...JSON_BODY },
    on: await withBranches(world),
    body: JSON.stringify({ tag_name: 'v2', ref: 'main' }),
  }),
  'DELETE /api/v4/projects/:id/repository/tags/:tag_name': async (world) => ({
    headers: world.byToken,
    on: await withBranches(world),
    values: { tag_name: 'v1' },
  }),
  'POST /:path/edit/branch': async (world) => ({
    ...(await world.form({ branch: 'dev' })),
    on: await withBranches(world),
  }),
};
