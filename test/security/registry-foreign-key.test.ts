/**
 * The attack: a bearer token that the attacker signed, or changed. CVE-2025-24976 (distribution: the key in a token's
 * own header was believed after a look at its name alone).
 */
import { test } from 'bun:test';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { onEachApp } from '../support/on-each-app.ts';
import { bearer, claimsOf } from '../support/registry.ts';
import { bearerScene, expectInvalidBearer } from '../support/registry-scenes.ts';

onEachApp('bearer tokens that someone else signed', (started) => {
  test('one signed by another key is refused, whatever key it brings along or names', async () => {
    const { pull, real } = await bearerScene(await started);
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const kid = JSON.parse(Buffer.from(real.split('.')[0] ?? '', 'base64url').toString()).kid as string;
    const payload = claimsOf(real) as unknown as JWTPayload;
    for (const header of [
      { alg: 'ES256' },
      { alg: 'ES256', kid },
      { alg: 'ES256', kid, jwk: await exportJWK(publicKey) },
      { alg: 'ES256', kid, jku: 'http://attacker.example/keys', x5u: 'http://attacker.example/cert' },
    ]) {
      const forged = await new SignJWT(payload).setProtectedHeader(header).sign(privateKey);
      await expectInvalidBearer(await pull(bearer(forged)));
    }
  });

  test('one with a letter changed is refused', async () => {
    const { pull, real } = await bearerScene(await started);
    const [head, , signature] = real.split('.');
    const claims = { ...claimsOf(real), access: [{ type: 'repository', name: 'a/b', actions: ['pull'] }] };
    const changed = Buffer.from(JSON.stringify(claims)).toString('base64url');
    await expectInvalidBearer(await pull(bearer(`${head}.${changed}.${signature}`)));
    for (const text of ['a.b.c', '..', `${real}x`]) await expectInvalidBearer(await pull(bearer(text)));
  });
});
