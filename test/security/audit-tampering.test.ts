/**
 * The attack: an author removes an event from the audit log, by a fault or a hole in the program that lets a
 * statement of theirs through. The engine itself refuses to change or delete an event.
 */
import { expect, test } from 'bun:test';
import { sql } from 'kysely';
import { startApp } from '../support/app.ts';
import { onEachEngine } from '../support/engines.ts';
import { thrown } from '../support/rejection.ts';

onEachEngine('audit tampering', (engine) => {
  test('an audit event cannot be changed, deleted, replaced or truncated', async () => {
    await using app = await startApp(engine);
    const group = await app.seed.group();
    const before = await app.services.audit.list({}, { page: 1, perPage: 10 });
    expect(before.items.map((event) => event.target.id)).toContain(group.id);

    const never = 'never changed or deleted';
    expect(await thrown(app.db.updateTable('audit_events').set({ actor_name: 'mallory' }).execute())).toThrow(never);
    expect(await thrown(app.db.deleteFrom('audit_events').execute())).toThrow(never);
    if (engine === 'postgres') expect(await thrown(sql`truncate audit_events`.execute(app.db))).toThrow(never);
    if (engine === 'sqlite') {
      const replace = sql`insert or replace into audit_events select * from audit_events`;
      expect(await thrown(replace.execute(app.db))).toThrow(never);
    }
    expect(await app.services.audit.list({}, { page: 1, perPage: 10 })).toEqual(before);
  });

  test('an event outlives what it speaks of', async () => {
    await using app = await startApp(engine);
    const user = await app.seed.user({ username: 'mallory' });
    const project = await app.seed.project(await app.seed.group());
    const token = await app.seed.deployToken(project);
    await app.db.deleteFrom('personal_access_tokens').where('user_id', '=', user.id).execute();
    await app.db.deleteFrom('projects').where('id', '=', project.id).execute();
    const { items } = await app.services.audit.list({}, { page: 1, perPage: 100 });
    const shown = items.map((event) => `${event.action} ${event.target.id}`);
    expect(shown).toContain(`user_created ${user.id}`);
    expect(shown).toContain(`deploy_token_created ${token.id}`);
  });
});
