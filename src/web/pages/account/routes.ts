import type { Route } from '../../../http/route.ts';
import { formRow, pageRow, redirect, type Web } from '../../page.ts';
import { ACCOUNT } from './addresses.ts';
import { changePassword, showPassword } from './password.tsx';
import { saveProfile, showProfile } from './profile.tsx';
import { endOtherSessions, endSession, showSessions } from './sessions.tsx';

/** The account pages: profile, password and sessions. */
export function accountRoutes(web: Web): Route[] {
  const read = { on: 'instance', permission: 'read_user' } as const;
  const change = { on: 'instance', permission: 'admin_own_account' } as const;
  return [
    pageRow(web, ACCOUNT.profile, read, (visit) => showProfile(web, visit)),
    formRow(web, ACCOUNT.profile, change, (visit, form) => saveProfile(web, visit, form)),
    pageRow(web, ACCOUNT.password, read, showPassword),
    formRow(web, ACCOUNT.password, change, (visit, form) => changePassword(web, visit, form)),
    pageRow(web, ACCOUNT.sessions, read, (visit) => showSessions(web, visit)),
    formRow(web, `${ACCOUNT.sessions}/:session_id/end`, change, (visit) => endSession(web, visit)),
    formRow(web, `${ACCOUNT.sessions}/end_others`, change, (visit) => endOtherSessions(web, visit)),
    pageRow(web, '/-/profile', read, () => redirect(ACCOUNT.profile, 301)),
  ];
}
