import type { TestApp } from './app.ts';

const WRITE = ['write_package_registry'];
const READ = ['read_package_registry'];

/**
 * The groups for look-ups from above: `root/middle/...`, public, with a project that is shown and one that is
 * secret; a group of someone else; and private groups, `top` over `inner`, with two projects that know nothing of each
 * other.
 */
export async function packageGroups(app: TestApp) {
  const { seed } = app;
  const open = { visibility: 'public' } as const;
  const root = await seed.group(null, { path: 'root', ...open });
  const middle = await seed.group(root, { path: 'middle', ...open });
  const below = await seed.group(middle, open);
  const shown = await seed.project(below, open);
  const secret = await seed.project(below);
  const foreignGroup = await seed.group(null, open);
  const foreign = await seed.project(foreignGroup, open);
  const top = await seed.group();
  const inner = await seed.group(top);
  const mine = await seed.project(inner);
  const theirs = await seed.project(inner);
  const tokens = {
    fromRoot: await seed.deployToken(root, { scopes: WRITE }),
    readerOfRoot: await seed.deployToken(root, { scopes: READ }),
    codeOfRoot: await seed.deployToken(root),
    ofShown: await seed.deployToken(shown, { scopes: WRITE }),
    ofSecret: await seed.deployToken(secret, { scopes: WRITE }),
    ofForeign: await seed.deployToken(foreignGroup, { scopes: WRITE }),
    ofMine: await seed.deployToken(mine, { scopes: WRITE }),
    codeOfMine: await seed.deployToken(mine),
    ofTheirs: await seed.deployToken(theirs, { scopes: WRITE }),
  };
  return {
    root,
    middle,
    shown,
    secret,
    foreign,
    top,
    inner,
    mine,
    theirs,
    ...tokens,
    /** Each is a second later than the one before. @param path below `packages/` of the project. */
    async publish(
      project: { id: number },
      { secret: token }: { secret: string },
      [method, path]: [method: string, path: string],
      body: RequestInit['body'],
    ): Promise<void> {
      app.time.now += 1000;
      const headers = { 'Deploy-Token': token };
      const response = await app.fetch(`/api/v4/projects/${project.id}/packages/${path}`, { method, headers, body });
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    },
  };
}
