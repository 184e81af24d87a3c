import type { Route } from '../../../http/route.ts';
import { formRow, pageRow, redirect, type Web } from '../../page.ts';
import { FULL_PATH } from '../../paths.ts';
import { previewPolicy, savePolicy, showPolicy } from './actions.ts';
import { cleanupPath } from './cleanup-page.tsx';

/** Settings > Images of a project: its cleanup policy. The address is GitLab's. */
export function cleanupRoutes(web: Web): Route[] {
  const page = `/${FULL_PATH}/-/settings/packages_and_registries/cleanup_image_tags`;
  const admin = { on: 'project', by: 'path', param: 'path', permission: 'admin_container_image' } as const;
  return [
    pageRow(web, page, admin, (visit) => showPolicy(web, visit)),
    formRow(web, page, admin, (visit, form) => savePolicy(web, visit, form)),
    // The address of an answer to a form: opening it in a browser redirects to the page.
    pageRow(web, `${page}/preview`, admin, ({ facts }) => redirect(cleanupPath(facts.project))),
    formRow(web, `${page}/preview`, admin, (visit, form) => previewPolicy(web, visit, form)),
  ];
}
