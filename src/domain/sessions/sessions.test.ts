import { expect, test } from 'bun:test';
import { startApp } from '../../../test/support/app.ts';
import { onEachEngine } from '../../../test/support/engines.ts';
import { thrown } from '../../../test/support/rejection.ts';
import { PASSWORD } from '../../../test/support/seed.ts';
import { DAY } from '../../lib/clock.ts';
import { SESSION_LIVES } from './sessions.ts';

const FROM = { ip: '192.0.2.7', agent: 'A browser' };
const PAGE = { page: 1, perPage: 20 };

onEachEngine('sessions', (engine) => {
  test('a session lives as long as it is used, and not past its age', async () => {
    await using app = await startApp(engine);
    const { sessions } = app.services;
    const user = await app.seed.user();
    const secret = (await sessions.begin(user.id, FROM)).reveal();
    const check = async () => {
      const found = await sessions.check(secret);
      if (found.outcome === 'active') sessions.usage.note(found.session.id, { ip: '192.0.2.8' });
      await sessions.usage.flush();
      return found.outcome;
    };
    const born = app.time.now;
    for (; app.time.now < born + SESSION_LIVES.absoluteMs; app.time.now += 5 * DAY)
      expect(await check()).toBe('active');
    expect((await sessions.list(user.id, PAGE)).items).toEqual([]);
    expect(await check()).toBe('over');

    const idle = (await sessions.begin(user.id, FROM)).reveal();
    expect((await sessions.list(user.id, PAGE)).items).toMatchObject([FROM]);
    app.time.now += SESSION_LIVES.idleMs;
    expect((await sessions.check(idle)).outcome).toBe('over');
    await sessions.begin(user.id, FROM);
    const rows = await app.db.selectFrom('sessions').selectAll().execute();
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(idle);
  });

  test('a session ends with a new password, with a block, and by hand; nobody ends that of someone else', async () => {
    await using app = await startApp(engine);
    const { sessions, users } = app.services;
    const ada = await app.seed.user({ password: PASSWORD });
    const bob = await app.seed.user();
    const begin = async (id: number) => (await sessions.begin(id, FROM)).reveal();
    const outcomeOf = async (secret: string) => (await sessions.check(secret)).outcome;

    const first = await begin(ada.id);
    const other = await begin(bob.id);
    await users.setPassword(ada.id, 'another long password', app.by);
    expect([await outcomeOf(first), await outcomeOf(other)]).toEqual(['unknown', 'active']);

    const second = await begin(ada.id);
    await users.setBlocked(ada.id, true, app.by);
    await users.setBlocked(ada.id, false, app.by);
    expect(await outcomeOf(second)).toBe('unknown');

    const third = await begin(ada.id);
    const [session] = (await sessions.list(ada.id, PAGE)).items;
    expect(await thrown(sessions.end(bob.id, session?.id ?? 0, app.by))).toThrow('session not found');
    expect(await outcomeOf(third)).toBe('active');
    await sessions.end(ada.id, session?.id ?? 0, app.by);
    expect(await outcomeOf(third)).toBe('unknown');
  });
});
