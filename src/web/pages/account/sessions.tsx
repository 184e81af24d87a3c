/** @jsxImportSource hono/jsx */
import type { Session } from '../../../domain/sessions/sessions.ts';
import { notFound } from '../../../lib/errors.ts';
import { listPage } from '../../list-page.ts';
import { type Page, redirect, type Visit, type Web } from '../../page.ts';
import { dropSession } from '../../session-cookie.ts';
import { Badge } from '../../views/badge.tsx';
import { Button } from '../../views/button.tsx';
import { Form } from '../../views/form.tsx';
import { Notice } from '../../views/notice.tsx';
import { Pagination } from '../../views/pagination.tsx';
import { type Column, Table } from '../../views/table.tsx';
import { Time } from '../../views/time.tsx';
import { Account } from './account.tsx';
import { ACCOUNT } from './addresses.ts';
import { browserOf } from './browser-of.ts';
import { signedIn } from './me.ts';

const PER_PAGE = 30;

export async function showSessions(web: Web, visit: Visit): Promise<Page> {
  const { id, sessionId } = signedIn(visit);
  const sessions = await listPage(visit.query, PER_PAGE, (page) => web.services.sessions.list(id, page));
  const others = sessions.total > 1;
  const body = (
    <Account tab="Sessions">
      {visit.query.has('ended') ? <Notice kind="good">Session revoked. That browser is signed out.</Notice> : null}
      <section class="card stack">
        <div class="row spread">
          <p class="soft">
            The browsers where you are signed in. Don’t recognise a session? Revoke it and change your password.
          </p>
          {others ? (
            <Form action={`${ACCOUNT.sessions}/end_others`} bare>
              <Button kind="quiet-danger" small>
                Revoke all other sessions
              </Button>
            </Form>
          ) : null}
        </div>
        <Table caption="Sessions" columns={columnsFor(sessionId)} items={sessions.items} />
        <Pagination {...sessions} what="sessions" query={visit.query} />
      </section>
    </Account>
  );
  return { title: 'Sessions', body };
}

function columnsFor(own: number): Column<Session>[] {
  return [
    {
      title: 'Browser',
      cell: ({ id, agent }) => (
        <>
          {browserOf(agent)} {id === own ? <Badge kind="good">this one</Badge> : null}
        </>
      ),
    },
    { title: 'Address', cell: ({ ip }) => <code>{ip}</code> },
    { title: 'Signed in', cell: ({ createdAt }) => <Time at={createdAt} /> },
    { title: 'Last used', cell: ({ lastUsedAt }) => <Time at={lastUsedAt} /> },
    { title: 'Revoke', kind: 'tools', cell: (session) => <Revoke session={session} own={session.id === own} /> },
  ];
}

function Revoke({ session, own }: { session: Session; own: boolean }) {
  const which = own ? 'this session and sign out' : `the session of ${browserOf(session.agent)} at ${session.ip}`;
  return (
    <Form action={`${ACCOUNT.sessions}/${session.id}/end`} bare>
      <Button kind="quiet-danger" small label={`Revoke ${which}`}>
        Revoke
      </Button>
    </Form>
  );
}

export async function endSession(web: Web, visit: Visit): Promise<Response> {
  const { id, sessionId } = signedIn(visit);
  const asked = visit.params['session_id'] ?? '';
  if (!/^\d{1,15}$/.test(asked)) throw notFound('session');
  await web.services.sessions.end(id, Number(asked), visit.context);
  if (Number(asked) === sessionId) return redirect('/users/sign_in', 303, { 'Set-Cookie': dropSession(web.links) });
  return redirect(`${ACCOUNT.sessions}?ended`);
}

export async function endOtherSessions(web: Web, visit: Visit): Promise<Response> {
  const { id, sessionId } = signedIn(visit);
  await web.services.sessions.endOthers(id, sessionId, visit.context);
  return redirect(`${ACCOUNT.sessions}?ended`);
}
