import { expect, test } from 'bun:test';
import { sql } from 'kysely';
import { startApp, type TestApp } from '../../../test/support/app.ts';
import { onEachEngine } from '../../../test/support/engines.ts';
import { MINUTE } from '../../lib/clock.ts';

onEachEngine('the last use of a credential', (engine) => {
  test('never goes backwards, whichever node writes last', async () => {
    await using one = await startApp(engine);
    await using two = await startApp(engine, one.raw);
    two.time.now = one.time.now + MINUTE;
    const user = await one.seed.user();
    const token = await one.seed.deployToken(await one.seed.project(await one.seed.group()));
    await one.services.sessions.begin(user.id, { ip: '192.0.2.1', agent: 'a browser' });
    const session = (await one.services.sessions.list(user.id, { page: 1, perPage: 1 })).items[0]?.id ?? 0;
    const personal = (await one.db.selectFrom('personal_access_tokens').select('id').executeTakeFirst())?.id ?? 0;

    const use = async ({ services }: TestApp, ip: string) => {
      services.deployTokens.usage.note(token.id, { ip, protocol: 'git' });
      services.personalTokens.usage.note(personal, {});
      services.sessions.usage.note(session, { ip });
      await services.deployTokens.usage.flush();
      await services.personalTokens.usage.flush();
      await services.sessions.usage.flush();
    };
    const lastUses = async () => {
      const { rows } = await sql<{ at: number | string; ip: string | null }>`
        select last_used_at as at, last_used_ip as ip from deploy_tokens
        union all select last_used_at, null from personal_access_tokens
        union all select last_used_at, ip from sessions`.execute(one.db);
      return rows.map(({ at, ip }) => [Number(at) - one.time.now, ip]);
    };
    await use(two, '192.0.2.2');
    await use(one, '192.0.2.1');
    const later = [
      [MINUTE, '192.0.2.2'],
      [MINUTE, null],
      [MINUTE, '192.0.2.2'],
    ];
    expect(await lastUses()).toEqual(later);
    one.time.now += 2 * MINUTE;
    await use(one, '192.0.2.1');
    expect((await lastUses()).map(([at]) => at)).toEqual([0, 0, 0]);
  });
});
