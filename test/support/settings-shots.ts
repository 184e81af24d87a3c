import type { Page } from 'playwright-core';
import { BY_SYSTEM } from '../../src/domain/access/confirm.ts';
import type { Group } from '../../src/domain/groups/groups.ts';
import { ROLES, type Role } from '../../src/domain/members/roles.ts';
import type { Project } from '../../src/domain/projects/projects.ts';
import { inDays } from './in-days.ts';
import { PASSWORD } from './seed.ts';
import type { TestServer } from './server.ts';

export interface Shot {
  name: string;
  path: string;
  /** The actions on the page before the screenshot. */
  first?: (page: Page, server: TestServer) => Promise<unknown>;
  /** The signed-in user; null if none. Absent: the administrator. */
  as?: string | null;
}

/** The pages about who may what, how things are set, and what an administrator sees. */
export const settingsShots: readonly Shot[] = [
  { name: 'members-project', path: '/analytical/engine/-/project_members' },
  { name: 'members-group', path: '/groups/analytical/-/group_members' },
  {
    name: 'members-change',
    path: '/analytical/engine/-/project_members',
    first: async (page) => {
      await page.getByRole('button', { name: 'Change the role of menabrea' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'members-mistake',
    path: '/analytical/engine/-/project_members',
    first: async (page) => {
      await page.getByLabel('User name', { exact: true }).fill('nobody');
      await page.getByRole('button', { name: 'Add member' }).click();
      await page.getByText('There is no user named').waitFor();
    },
  },
  { name: 'audit-project', path: '/analytical/engine/-/audit_events' },
  { name: 'audit-group', path: '/groups/analytical/-/audit_events' },
  { name: 'audit-nothing', path: '/groups/analytical/-/audit_events?to=2020-01-01' },
  { name: 'audit-instance', path: '/admin/audit_logs' },
  { name: 'admin-health', path: '/admin/health_check' },
  { name: 'admin-users', path: '/admin/users' },
  { name: 'admin-user', path: '/admin/users/babbage#password-section' },
  { name: 'admin-tokens', path: '/admin/deploy_tokens' },
  { name: 'general-project', path: '/analytical/engine/edit' },
  {
    name: 'general-open',
    path: '/analytical/engine/edit',
    first: async (page) => {
      const folded = await page.locator('details:not([open]) > summary').all();
      for (const heading of folded.reverse()) await heading.click();
    },
  },
  { name: 'deploy-tokens-group', path: '/groups/analytical/-/settings/repository#js-deploy-tokens' },
  { name: 'general-group', path: '/groups/analytical/-/edit#destroy' },
  { name: 'package-rules', path: '/analytical/engine/-/settings/packages_and_registries' },
  { name: 'package-rules-none', path: '/analytical/difference/-/settings/packages_and_registries' },
  {
    name: 'package-rules-confirm',
    path: '/analytical/engine/-/settings/packages_and_registries',
    first: async (page) => {
      await page.getByRole('button', { name: 'Remove the rule for @analytical/*' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  { name: 'image-settings', path: '/analytical/engine/-/settings/packages_and_registries/cleanup_image_tags' },
  {
    name: 'image-settings-preview',
    path: '/analytical/engine/-/settings/packages_and_registries/cleanup_image_tags',
    first: async (page) => {
      await page.getByRole('button', { name: 'Preview' }).click();
      await page.getByText('would now delete').waitFor();
    },
  },
  { name: 'storage-project', path: '/analytical/engine/-/usage_quotas' },
  {
    name: 'storage-mistake',
    path: '/groups/analytical/-/usage_quotas',
    first: async (page) => {
      await page.getByLabel('Limit').fill('a lot');
      await page.getByRole('button', { name: 'Save limit' }).click();
      await page.getByText('This is not a size').waitFor();
    },
  },
  { name: 'admin-user-storage', path: '/admin/users/babbage#storage' },
  { name: 'members-none', path: '/analytical/difference/-/project_members' },
];

/** The data of these pages. */
export async function furnishSettings(
  { seed, services }: TestServer,
  { group, engine }: { group: Group; engine: Project },
): Promise<void> {
  const join = (place: Group | Project, username: string, role: Role) =>
    seed.member(place, role, { username, password: PASSWORD });
  await join(group, 'babbage', 'maintainer');
  const { rules } = services.packages;
  await rules.create(engine, { type: 'npm', pattern: '@analytical/*', pushLevel: ROLES.maintainer }, BY_SYSTEM);
  await rules.create(
    engine,
    { type: 'generic', pattern: 'release-*', duplicates: 'forbidden', deleteLevel: ROLES.owner },
    BY_SYSTEM,
  );
  await services.storage.setLimit({ kind: 'project', project: engine }, 10 * 2 ** 30, BY_SYSTEM);
  await join(group, 'somerville', 'reporter');
  const menabrea = await seed.user({ username: 'menabrea', password: PASSWORD });
  await seed.join(engine, menabrea, 'developer', inDays(20));
  await join(engine, 'clement', 'maintainer');
  const gone = await join(engine, 'the-translator-of-the-memoir-on-the-analytical-engine', 'guest');
  await services.users.setBlocked(gone.id, true, BY_SYSTEM);
}
