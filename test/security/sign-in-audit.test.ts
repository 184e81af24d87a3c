/**
 * The attack: guess passwords unseen; or make so many failures that the audit log fills the disk or hides what matters;
 * or get a password into the log, typed into the field for the name. (Logs of peers: CVE-2025-48374.)
 */

import { expect, test } from 'bun:test';
import { basic, startApp, type TestApp } from '../support/app.ts';
import { onEachEngine } from '../support/engines.ts';
import { PASSWORD } from '../support/seed.ts';

async function scene(engine: 'sqlite' | 'postgres') {
  const app = await startApp(engine);
  const ada = await app.seed.user({ username: 'ada', password: PASSWORD });
  const project = await app.seed.project(await app.seed.group(null, { visibility: 'internal' }), {
    visibility: 'internal',
  });
  const get = (username: string, password: string, ip = '203.0.113.5') =>
    app.fetch(`/${project.full_path}.git/info/refs?service=git-upload-pack`, {
      headers: basic(username, password),
      ip,
    });
  return { app, ada, get };
}

async function signIns(app: TestApp) {
  await app.services.signIns.flush();
  const { items } = await app.services.audit.list({}, { page: 1, perPage: 100 });
  return items.filter((event) => /sign/.test(event.action)).reverse();
}

onEachEngine('sign-in audit', (engine) => {
  test('a password sign-in is one event per user and address, however many requests it serves', async () => {
    const { app, ada, get } = await scene(engine);
    await using _ = app;
    for (let i = 0; i < 5; i++) expect((await get('ada', PASSWORD)).status).toBe(200);
    await get('ADA', PASSWORD, '198.51.100.7');
    const events = await signIns(app);
    expect(events.map((e) => [e.action, e.by.id, e.by.ip, e.entity.path])).toEqual([
      ['user_signed_in', ada.id, '203.0.113.5', 'ada'],
      ['user_signed_in', ada.id, '198.51.100.7', 'ada'],
    ]);
    expect(events[0]?.by.requestId).toMatch(/^[0-9a-f-]{36}$/);
    app.time.now += 11 * 60_000;
    await get('ada', PASSWORD);
    expect((await signIns(app)).length).toBe(3);
  });

  test('failures are logged with account, address and reason: the first immediately, the others as a count per minute', async () => {
    const { app, ada, get } = await scene(engine);
    await using _ = app;
    for (let i = 0; i < 5; i++) await get('ada', `wrong ${i}`);
    const [first, ...none] = await signIns(app);
    expect(none).toEqual([]);
    expect(first).toMatchObject({
      action: 'user_sign_in_failed',
      by: { kind: 'anonymous', ip: '203.0.113.5' },
      entity: { kind: 'User', id: ada.id, path: 'ada' },
      details: { reason: 'wrong_password', failures: 1 },
    });
    app.time.now += 61_000;
    expect((await signIns(app)).map((e) => e.details['failures'])).toEqual([1, 4]);
    // Within the minute after a count there is no other event.
    await get('ada', 'wrong');
    expect((await signIns(app)).length).toBe(2);
  });

  test("the log distinguishes a blocked user, an unknown user and a user over the limit; responses don't", async () => {
    const { app, ada, get } = await scene(engine);
    await using _ = app;
    await app.db.updateTable('users').set({ blocked: 1 }).where('id', '=', ada.id).execute();
    const answers = [await get('ada', PASSWORD), await get('ada', 'wrong'), await get('nobody', 'wrong')];
    const texts = await Promise.all(answers.map(async (a) => `${a.status} ${await a.text()}`));
    expect(new Set(texts).size).toBe(1);
    for (let i = 0; i < 10; i++) await get('ada', 'wrong');
    const reasons = (await signIns(app)).map((e) => e.details['reason']);
    // They are written beside the answers, and so in no order.
    expect(reasons.toSorted()).toEqual(['rate_limited', 'unknown_user', 'user_blocked', 'wrong_password']);
  });

  test('a flood of names and addresses writes a bounded number of events, and none of what was typed', async () => {
    const { app, get } = await scene(engine);
    await using _ = app;
    for (let i = 0; i < 100; i++) await get(`hunter2-${i}`, 'x'.repeat(2000), `203.0.113.${i}`);
    app.time.now += 61_000;
    const events = await signIns(app);
    expect(events.length).toBeLessThanOrEqual(61);
    const counted = events.reduce((sum, event) => sum + Number(event.details['failures']), 0);
    expect(counted).toBe(100);
    expect(JSON.stringify(events)).not.toContain('hunter2');
  });

  test('a graceful stop loses no count', async () => {
    const { app, get } = await scene(engine);
    await using _ = app;
    for (let i = 0; i < 4; i++) await get('ada', 'wrong');
    await app.services.signIns[Symbol.asyncDispose]();
    expect((await signIns(app)).map((e) => e.details['failures'])).toEqual([1, 3]);
  });
});
