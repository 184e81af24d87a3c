/**
 * The attack: a token that we signed, for something else: for another service, by another issuer, without an end, or
 * the one within that tells the user; and one of the registry, tried elsewhere.
 */
import { expect, test } from 'bun:test';
import { type JWTPayload, SignJWT } from 'jose';
import { onEachApp } from '../support/on-each-app.ts';
import { bearer, claimsOf } from '../support/registry.ts';
import { bearerScene, expectInvalidBearer } from '../support/registry-scenes.ts';
import { registryKeyOf } from '../support/signing-key.ts';

onEachApp('bearer tokens for something else', (started) => {
  test('one of our own key for another service, by another issuer, or without an end is refused', async () => {
    const { app, pull, real } = await bearerScene(await started);
    const { kid, key } = await registryKeyOf(app);
    const claims = claimsOf(real) as unknown as JWTPayload;
    const signed = (changed: JWTPayload) => new SignJWT(changed).setProtectedHeader({ alg: 'ES256', kid }).sign(key);
    expect((await pull(bearer(await signed(claims)))).status).toBe(200);
    for (const wrong of [{ aud: 'dependency_proxy' }, { aud: undefined }, { iss: 'someone-else' }, { exp: undefined }])
      await expectInvalidBearer(await pull(bearer(await signed({ ...claims, ...wrong } as JWTPayload))));
  });

  test('the nested token that tells the user is no bearer token', async () => {
    const { pull, real } = await bearerScene(await started);
    await expectInvalidBearer(await pull(bearer(claimsOf(real).user ?? '')));
  });

  test('it is good for the registry alone: not for git, the API or another bearer token', async () => {
    const { app, client, project, token, image } = await bearerScene(await started);
    const admin = await app.seed.user({ admin: true });
    for (const login of [token, { username: admin.username, secret: admin.token }]) {
      const headers = await client.signIn(login, `repository:${image}:pull,push`);
      for (const path of [
        `/${project.full_path}.git/info/refs?service=git-upload-pack`,
        `/api/v4/projects/${project.id}/deploy_tokens`,
        `/jwt/auth?service=container_registry&scope=repository:${image}:pull`,
      ])
        expect([path, (await app.fetch(path, { headers })).status]).toEqual([path, 401]);
    }
  });
});
