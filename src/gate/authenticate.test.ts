import { expect, test } from 'bun:test';
import { basic } from '../../test/support/app.ts';
import { onEachApp } from '../../test/support/on-each-app.ts';
import { readCredential } from '../http/read-credential.ts';
import { generateToken } from '../lib/token-format.ts';
import { createAttempts } from './attempts.ts';
import { authenticate, type CredentialPolicy } from './authenticate.ts';
import { createHashGate } from './hash-gate.ts';

/** How protocols of packages take deploy tokens: by three headers, with or without a look at the user name. */
const PACKAGES: CredentialPolicy = { deployTokens: true, passwords: false, exactUsername: false };
const EXACT: CredentialPolicy = { ...PACKAGES, exactUsername: true };
const NONE: CredentialPolicy = { ...PACKAGES, deployTokens: false };

onEachApp('authentication with a deploy token, asked of authenticate() with the policy of a protocol', (started) => {
  const prepare = async () => {
    const app = await started;
    const token = await app.seed.deployToken(await app.seed.project(await app.seed.group()), { username: 'machine' });
    const attempts = createAttempts(app.services.signInCounts, () => app.time.now);
    const ask = async (policy: CredentialPolicy, headers: Record<string, string>) => {
      const credential = readCredential(new Headers(headers), new URLSearchParams());
      const from = { ip: '127.0.0.1', requestId: 'test' };
      const deps = { ...app.services, attempts, hashGate: createHashGate() };
      const who = await authenticate(deps, credential, policy, from);
      return who.ok && who.actor.kind === 'deployToken' ? who.actor.token.id : who.outcome;
    };
    const threeWays = (secret: string, username = token.username) => [
      { 'Deploy-Token': secret },
      { Authorization: `Bearer ${secret}` },
      basic(username, secret),
    ];
    return { ...app, token, ask, threeWays };
  };
  /** The same token with one letter changed: the checksum finds it out. And one that is well made and not ours. */
  const wrong = (secret: string) => [
    `${secret.slice(0, -1)}${secret.endsWith('0') ? '1' : '0'}`,
    generateToken('gldt-').reveal(),
    'gldt-',
    'nothing',
  ];

  test('A197 the header Deploy-Token', async () => {
    const { ask, token } = await prepare();
    expect(await ask(PACKAGES, { 'Deploy-Token': token.secret })).toBe(token.id);
  });

  test('A198 Authorization: Bearer', async () => {
    const { ask, token } = await prepare();
    expect(await ask(PACKAGES, { Authorization: `Bearer ${token.secret}` })).toBe(token.id);
  });

  test('A200 a wrong secret in any of the three is refused', async () => {
    const { ask, token, threeWays } = await prepare();
    for (const secret of wrong(token.secret))
      for (const headers of threeWays(secret)) expect(await ask(PACKAGES, headers)).toMatch(/malformed|unknown|wrong/);
  });

  test('A201 where deploy tokens are not taken, none of the three is', async () => {
    const { ask, token, threeWays } = await prepare();
    for (const headers of threeWays(token.secret)) expect(await ask(NONE, headers)).toBe('deploy_token_not_accepted');
  });

  test('A204 A205 where the user name counts, the right one opens and a wrong one does not', async () => {
    const { ask, token } = await prepare();
    expect(await ask(EXACT, basic('machine', token.secret))).toBe(token.id);
    for (const username of ['Machine', 'machine ', '', `gitlab+deploy-token-${token.id}`])
      expect(await ask(EXACT, basic(username, token.secret))).toBe('deploy_token_wrong_username');
    expect(await ask(PACKAGES, basic('anything', token.secret))).toBe(token.id);
  });

  test('a revoked, an expired or a deleted one is refused in all three ways', async () => {
    const { ask, token, threeWays, services, by, time, seed } = await prepare();
    const owner = { ...token.owner, path: 'x' };
    const late = await seed.deployToken(await seed.project(await seed.group()), {
      username: 'machine',
      expiresAt: new Date(time.now).toISOString(),
    });
    for (const headers of threeWays(late.secret)) expect(await ask(PACKAGES, headers)).toBe('deploy_token_expired');
    await services.deployTokens.revoke(owner, token.id, by);
    for (const headers of threeWays(token.secret)) expect(await ask(PACKAGES, headers)).toBe('deploy_token_revoked');
    await services.deployTokens.destroy(owner, token.id, by);
    for (const headers of threeWays(token.secret)) expect(await ask(PACKAGES, headers)).toBe('deploy_token_unknown');
  });

  test('A209 A210 on the API a deploy token is 401 as PRIVATE-TOKEN, as Bearer, and in its own header', async () => {
    const { fetch, token } = await prepare();
    const project = token.owner.id;
    for (const path of ['/user', `/projects/${project}/deploy_tokens`, '/deploy_tokens', '/version'])
      for (const headers of [
        { 'PRIVATE-TOKEN': token.secret },
        { Authorization: `Bearer ${token.secret}` },
        { 'Deploy-Token': token.secret },
        basic(token.username, token.secret),
      ]) {
        const response = await fetch(`/api/v4${path}`, { headers });
        expect(response.status).toBe(401);
        expect(await response.json()).toEqual({
          message: '401 Unauthorized',
          reason: 'Deploy tokens are not accepted here: they are for git, images and packages.',
        });
      }
  });

  test('a job token is refused: there are no jobs', async () => {
    const { fetch } = await prepare();
    const response = await fetch('/api/v4/version', { headers: { 'JOB-TOKEN': 'anything' } });
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ reason: expect.stringContaining('no CI jobs') });
  });
});

test('a header with equal credentials is read once; different ones are an error', () => {
  const read = (name: string, ...values: string[]) => {
    const headers = new Headers();
    for (const value of values) headers.append(name, value);
    return readCredential(headers, new URLSearchParams());
  };
  const own = basic('deploy', 'gldt-secret').Authorization;
  const other = basic('deploy', 'gldt-other').Authorization;
  for (const [name, value] of [
    ['Authorization', own],
    ['Authorization', `Bearer gldt-${'x'.repeat(20)}`],
    ['PRIVATE-TOKEN', `glpat-${'x'.repeat(20)}`],
    ['Deploy-Token', `gldt-${'x'.repeat(20)}`],
  ] as const) {
    expect(read(name, value).kind).not.toBe('malformed');
    expect(JSON.stringify(read(name, value, value, value))).toBe(JSON.stringify(read(name, value)));
  }
  expect(read('Authorization', own, other)).toMatchObject({
    kind: 'malformed',
    why: expect.stringContaining('they are different'),
  });
  expect(read('Authorization', 'Digest a="b", c="d"')).toMatchObject({
    why: expect.stringContaining('neither Basic nor Bearer'),
  });
});

test('a scheme without credentials and an unknown scheme have different errors', () => {
  const why = (value: string) => readCredential(new Headers({ Authorization: value }), new URLSearchParams());
  for (const value of ['Bearer', 'basic', 'Bearer '])
    expect(why(value)).toMatchObject({ kind: 'malformed', why: expect.stringContaining('may be empty') });
  expect(why('gldt-x')).toMatchObject({ kind: 'malformed', why: expect.stringContaining('neither Basic nor Bearer') });
});
