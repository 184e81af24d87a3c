import type { Facts } from '../../../domain/access/facts.ts';
import type { Route } from '../../../http/route.ts';
import { pageRow, type Visit, type Web } from '../../page.ts';
import { FULL_PATH } from '../../paths.ts';
import { auditLogPage } from './audit-log-page.tsx';
import { readEvents } from './read-events.ts';

/** The audit log of the server, of a group and of a project. The addresses are GitLab's. */
export function auditLogRoutes(web: Web): Route[] {
  const show = async (visit: Visit<Facts>) => auditLogPage(visit, await readEvents(web, visit));
  const of = <On extends 'project' | 'group'>(on: On) =>
    ({ on, by: 'path', param: 'path', permission: 'read_audit_event' }) as const;
  return [
    pageRow(web, '/admin/audit_logs', { on: 'instance', permission: 'read_all_audit_events' }, show),
    pageRow(web, `/groups/${FULL_PATH}/-/audit_events`, of('group'), show),
    pageRow(web, `/${FULL_PATH}/-/audit_events`, of('project'), show),
  ];
}
