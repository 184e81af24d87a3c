/**
 * The attack: an administrator's script acts as other users by `Sudo`, as GitLab's API has it. A server that ignores it
 * does everything as the administrator: what the user could not do is done, and the audit log names the wrong author.
 */

import { expect, test } from 'bun:test';
import { privateToken, startApp } from '../support/app.ts';
import { addressOfRow, namedBy, nameOfRow } from '../support/row-address.ts';

test('every row of the API refuses Sudo, in the header, the query and the body, and does nothing', async () => {
  await using app = await startApp('sqlite');
  const { seed } = app;
  const admin = await seed.user({ admin: true });
  await seed.user({ username: 'ada' });
  const group = await seed.group();
  const project = await seed.project(group);
  const named = namedBy(group, project);
  const headers = privateToken(admin.token);
  const audited = () => app.db.selectFrom('audit_events').select('id').execute();
  const before = await audited();
  const rows = app.app.protocols.flatMap(({ routes }) => routes.filter(({ path }) => path.startsWith('/api/')));
  expect(rows.length).toBeGreaterThan(100);
  for (const route of rows) {
    const url = addressOfRow(route, named, 'path') ?? '';
    const { method } = route;
    const byHeader = await app.fetch(url, { method, headers: { ...headers, Sudo: 'ada' } });
    const byQuery = await app.fetch(`${url}${url.includes('?') ? '&' : '?'}sudo=ada`, { method, headers });
    expect([nameOfRow(route), byHeader.status, byQuery.status]).toEqual([nameOfRow(route), 403, 403]);
  }
  for (const body of [new URLSearchParams('path=x&sudo=ada'), JSON.stringify({ path: 'x', sudo: 'ada' })]) {
    const type = typeof body === 'string' ? { 'Content-Type': 'application/json' } : {};
    const response = await app.fetch('/api/v4/projects', { method: 'POST', headers: { ...headers, ...type }, body });
    expect([response.status, await response.json()]).toMatchObject([
      403,
      { message: expect.stringContaining('403 Forbidden - Sudo is not supported') },
    ]);
  }
  expect(await audited()).toEqual(before);
});
