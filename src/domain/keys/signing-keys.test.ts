import { describe, expect, test } from 'bun:test';
import { rename } from 'node:fs/promises';
import { SignJWT } from 'jose';
import { startApp, type TestApp } from '../../../test/support/app.ts';
import { onEachEngine } from '../../../test/support/engines.ts';
import { rejectionOf, thrown } from '../../../test/support/rejection.ts';
import { registryKeyOf } from '../../../test/support/signing-key.ts';
import { rotateRegistryKey } from '../../app.ts';
import { toConfig } from '../../config/config.ts';
import { toSecrets } from '../../config/secrets.ts';
import { MINUTE } from '../../lib/clock.ts';
import type { BearerCheck } from '../images/access-tokens.ts';
import { rotateSigningKey } from './rotate.ts';

const OTHER_KEY = Buffer.alloc(32, 8).toString('base64');

onEachEngine('signing keys', (engine) => {
  const firstNode = () => startApp(engine);
  /** A second node on the database of the first, with its instance key. */
  const nodeBeside = (first: TestApp, more = {}) => startApp(engine, { ...first.raw, ...more });

  const issue = async (app: TestApp) =>
    (await app.services.images.tokens.issue({ kind: 'anonymous', id: null, username: 'anonymous' }, [])).token;
  const outcome = async (app: TestApp, token: string) =>
    ((await app.services.images.tokens.check(token)) as BearerCheck).outcome;
  const kidsOf = async (app: TestApp) => (await app.services.images.tokens.keySet()).keys.map(({ kid }) => kid);
  const rotate = (app: TestApp) => rotateSigningKey(app.services.registryKeys, app.services.audit, app.by.author);

  test('two nodes on one database verify what the other has signed', async () => {
    await using one = await firstNode();
    await using two = await nodeBeside(one);
    expect(await kidsOf(two)).toEqual(await kidsOf(one));
    expect(await outcome(two, await issue(one))).toBe('valid');
    expect(await outcome(one, await issue(two))).toBe('valid');
  });

  test('the private key is sealed: the row does not hold it, and it opens in no other row', async () => {
    await using app = await firstNode();
    const [row] = await app.db.selectFrom('signing_keys').selectAll().execute();
    expect(row?.public_key).toStartWith('-----BEGIN PUBLIC KEY-----');
    expect(Buffer.from(row?.sealed ?? '', 'base64').toString('latin1')).not.toContain('PRIVATE KEY');
    await app.db.updateTable('signing_keys').set({ id: 'another' }).execute();
    expect(await thrown(nodeBeside(app))).toThrow('POSTERN_SECRET_KEY');
  });

  test('a node with another instance key does not start, and says which key the database needs', async () => {
    await using app = await firstNode();
    const start = nodeBeside(app, { POSTERN_SECRET_KEY: OTHER_KEY });
    expect(await rejectionOf(start)).toMatchObject({ name: 'StartError' });
    expect(await thrown(start)).toThrow(
      /^The registry signing key in the database is sealed with the instance key [0-9a-f]{8}, and this server has the instance key [0-9a-f]{8}\. Set POSTERN_SECRET_KEY/,
    );
  });

  describe('a rotation', () => {
    test('changes the key that signs, and the replaced key verifies until its tokens are expired', async () => {
      await using app = await firstNode();
      const [before] = await kidsOf(app);
      const token = await issue(app);
      const { id, replaced } = await rotate(app);
      expect(replaced).toBe(before ?? '');
      expect(await kidsOf(app)).toEqual([id, replaced ?? '']);
      expect(kidOf(await issue(app))).toBe(id);
      expect(await outcome(app, token)).toBe('valid');
      app.time.now += 4 * MINUTE;
      expect(await outcome(app, token)).toBe('valid');
      app.time.now += 3 * MINUTE;
      expect(await outcome(app, token)).toBe('expired');
      expect(await kidsOf(app)).toEqual([id]);
    });

    test('a token that a replaced key signs after its time is refused, however long the token says that it lives', async () => {
      await using app = await firstNode();
      const forge = await forger(app);
      const early = await forge();
      expect(await outcome(app, early)).toBe('valid');
      await rotate(app);
      app.time.now += 10 * MINUTE;
      expect(await outcome(app, early)).not.toBe('valid');
      expect(await outcome(app, await forge())).toBe('invalid');
    });

    test('reaches the other nodes within a minute', async () => {
      await using one = await firstNode();
      await using two = await nodeBeside(one);
      const { id } = await rotate(one);
      two.time.now += MINUTE;
      expect(kidOf(await issue(two))).toBe(id);
    });

    test('a node that has just missed a rotation verifies what the new key signs', async () => {
      await using one = await firstNode();
      await using two = await nodeBeside(one);
      await issue(two);
      await rotate(one);
      two.time.now += 1000;
      expect(await outcome(two, await issue(one))).toBe('valid');
    });

    test('is in the audit log, and a second one deletes keys that verify nothing any more', async () => {
      await using app = await firstNode();
      const { id } = await rotate(app);
      app.time.now += 10 * MINUTE;
      const { id: second } = await rotate(app);
      expect((await app.db.selectFrom('signing_keys').select('id').execute()).map((row) => row.id).toSorted()).toEqual(
        [id, second].toSorted(),
      );
      const { items } = await app.services.audit.list({ actions: ['signing_key_rotated'] }, { page: 1, perPage: 10 });
      expect(items.map(({ target }) => target.name)).toEqual([second, id]);
    });

    test('is refused without an instance key, and makes none', async () => {
      await using app = await firstNode();
      const key = app.path('secret.key');
      await rename(key, `${key}.away`);
      const rotation = rotateRegistryKey(toConfig(app.raw), toSecrets(app.raw), { instanceKeyLost: true });
      expect(await rejectionOf(rotation)).toMatchObject({ name: 'StartError' });
      expect(await thrown(rotation)).toThrow(/^The keys in the database are sealed with the instance key [0-9a-f]{8}/);
      expect(await thrown(nodeBeside(app))).toThrow('there is no instance key here');
      expect(await Bun.file(key).exists()).toBe(false);
    });

    test('is refused under another instance key', async () => {
      await using app = await firstNode();
      const before = await kidsOf(app);
      const raw = { ...app.raw, POSTERN_SECRET_KEY: OTHER_KEY };
      const rotation = rotateRegistryKey(toConfig(raw), toSecrets(raw));
      expect(await rejectionOf(rotation)).toMatchObject({ name: 'StartError' });
      expect(await thrown(rotation)).toThrow('--instance-key-lost');
      app.time.now += MINUTE;
      expect(await kidsOf(app)).toEqual(before);
    });

    test('under another instance key leaves a running node the keys that it has, and is logged there once', async () => {
      await using app = await firstNode();
      const before = await kidsOf(app);
      const raw = { ...app.raw, POSTERN_SECRET_KEY: OTHER_KEY };
      await rotateRegistryKey(toConfig(raw), toSecrets(raw), { instanceKeyLost: true });
      for (let minutes = 0; minutes < 3; minutes++) {
        app.time.now += MINUTE;
        expect(await outcome(app, await issue(app))).toBe('valid');
      }
      expect(await kidsOf(app)).toEqual(before);
      expect(app.lines.filter((line) => line.includes('cannot be opened'))).toHaveLength(1);
    });

    test('helps when the instance key is lost', async () => {
      await using app = await firstNode();
      const raw = { ...app.raw, POSTERN_SECRET_KEY: OTHER_KEY };
      await rotateRegistryKey(toConfig(raw), toSecrets(raw), { instanceKeyLost: true });
      await using again = await startApp(engine, raw);
      expect(await outcome(again, await issue(again))).toBe('valid');
    });
  });

  test('the key file of an older version is imported, and stays', async () => {
    await using app = await firstNode();
    const [generated] = await kidsOf(app);
    const file = app.path('registry.key');
    const { privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign']);
    const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', privateKey)).toString('base64');
    await Bun.write(file, `-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n`);
    await app.db.deleteFrom('signing_keys').execute();
    await using again = await nodeBeside(app);
    const [imported] = await kidsOf(again);
    expect(imported).not.toBe(generated ?? '');
    expect(await Bun.file(file).exists()).toBe(true);
    const token = await issue(again);
    expect(await outcome(again, token)).toBe('valid');
  });

  test('a key file that holds no key is a sentence about the file', async () => {
    await using app = await firstNode();
    await Bun.write(app.path('registry.key'), 'nonsense');
    await app.db.deleteFrom('signing_keys').execute();
    const start = nodeBeside(app);
    expect(await thrown(start)).toThrow(/registry\.key does not hold/);
    expect(await rejectionOf(start)).toMatchObject({ name: 'StartError' });
  });
});

const kidOf = (token: string): string =>
  (JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }).kid;

/** Signs tokens as someone would who had copied the private key out of the memory of a server. */
async function forger(app: TestApp) {
  const { kid, key } = await registryKeyOf(app);
  return () =>
    new SignJWT({ holder: { kind: 'anonymous', id: null, username: 'anonymous' }, access: [] })
      .setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid })
      .setIssuer('postern')
      .setAudience('container_registry')
      .setIssuedAt(app.time.now / 1000)
      .setExpirationTime(app.time.now / 1000 + 315_360_000)
      .sign(key);
}
