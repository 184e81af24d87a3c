/**
 * The attack: a bearer token by an algorithm that the server did not choose: none, or HMAC with the public key as its
 * secret. CVE-2025-65945, CVE-2026-32597 and their like.
 */
import { test } from 'bun:test';
import { createHmac, createPublicKey } from 'node:crypto';
import { onEachApp } from '../support/on-each-app.ts';
import { bearer } from '../support/registry.ts';
import { bearerScene, expectInvalidBearer } from '../support/registry-scenes.ts';

onEachApp('algorithms of bearer tokens', (started) => {
  test('no algorithm but ours: neither none, nor HMAC with the public key as its secret', async () => {
    const { app, pull, real } = await bearerScene(await started);
    const [, payload] = real.split('.');
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    for (const alg of ['none', 'None', 'NONE', ''])
      await expectInvalidBearer(await pull(bearer(`${encode({ alg, typ: 'JWT' })}.${payload}.`)));
    const { keys } = await app.services.images.tokens.keySet();
    const pem = createPublicKey({ key: keys[0] as never, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
    const head = encode({ alg: 'HS256', typ: 'JWT', kid: keys[0]?.kid });
    const mac = createHmac('sha256', pem).update(`${head}.${payload}`).digest('base64url');
    await expectInvalidBearer(await pull(bearer(`${head}.${payload}.${mac}`)));
  });
});
