/**
 * The attack: an expired bearer token, kept by someone who saw it.
 */
import { expect, test } from 'bun:test';
import { onEachApp } from '../support/on-each-app.ts';
import { bearerScene, expectInvalidBearer } from '../support/registry-scenes.ts';

onEachApp('bearer tokens that are over', (started) => {
  test('one that is over is refused, and using it is no guess that locks an address out', async () => {
    const { app, client, pull, headers, token, image } = await bearerScene(await started);
    const before = app.time.now;
    app.time.now += 299_000;
    expect((await pull(headers)).status).toBe(200);
    app.time.now = before + 306_000;
    for (let n = 0; n < 100; n++) await expectInvalidBearer(await pull(headers));
    expect((await pull(await client.signIn(token, `repository:${image}:pull`))).status).toBe(200);
    app.time.now = before;
  });
});
