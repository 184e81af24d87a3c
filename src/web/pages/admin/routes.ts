import type { Route } from '../../../http/route.ts';
import { formRow, pageRow, redirect, type Web } from '../../page.ts';
import { showAllTokens } from './all-tokens.tsx';
import { showHealth } from './health-page.tsx';
import { createUser, resetPassword, setAdmin, setBlocked, setStorageLimit, showUser, showUsers } from './users.ts';

/** Pages that only administrators can see. The addresses of GitLab where it has them. */
export function adminRoutes(web: Web): Route[] {
  const read = { on: 'instance', permission: 'read_users_in_full' } as const;
  const admin = { on: 'instance', permission: 'admin_users' } as const;
  const limits = { on: 'instance', permission: 'admin_storage_limit' } as const;
  const tokens = { on: 'instance', permission: 'read_all_deploy_tokens' } as const;
  return [
    pageRow(web, '/admin', read, () => redirect('/admin/users')),
    pageRow(web, '/admin/users', read, (visit) => showUsers(web, visit)),
    formRow(web, '/admin/users', admin, (visit, form) => createUser(web, visit, form)),
    pageRow(web, '/admin/users/:username', read, (visit) => showUser(web, visit)),
    formRow(web, '/admin/users/:username/block', admin, (visit) => setBlocked(web, visit, true)),
    formRow(web, '/admin/users/:username/unblock', admin, (visit) => setBlocked(web, visit, false)),
    formRow(web, '/admin/users/:username/make_admin', admin, (visit) => setAdmin(web, visit, true)),
    formRow(web, '/admin/users/:username/unmake_admin', admin, (visit) => setAdmin(web, visit, false)),
    formRow(web, '/admin/users/:username/storage_limit', limits, (visit, form) => setStorageLimit(web, visit, form)),
    formRow(web, '/admin/users/:username/password', admin, (visit, form) => resetPassword(web, visit, form)),
    pageRow(web, '/admin/deploy_tokens', tokens, (visit) => showAllTokens(web, visit)),
    pageRow(web, '/admin/health_check', read, () => showHealth(web)),
  ];
}
