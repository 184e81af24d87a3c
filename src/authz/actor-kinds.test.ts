import { expect, test } from 'bun:test';
import type { DeployToken } from '../domain/deploy-tokens/token.ts';
import { type Actor, ANONYMOUS } from './actor.ts';
import { authorOf, credentialOf, usernameOf } from './actor-kinds.ts';

const ANN = { kind: 'user', id: 7, username: 'ann', admin: false, token: null } as const;
const MACHINE = { id: 9, name: 'deploys', username: 'machine' } as DeployToken;

const ACTORS: readonly (readonly [Actor, author: object, credential: object, username: string])[] = [
  [ANONYMOUS, { kind: 'anonymous', id: null, name: 'anonymous' }, { kind: 'anonymous', id: null }, 'anonymous'],
  [ANN, { kind: 'user', id: 7, name: 'ann' }, { kind: 'user', id: 7 }, 'ann'],
  [
    { ...ANN, token: { id: 3, scopes: ['api'] } },
    { kind: 'user', id: 7, name: 'ann' },
    { kind: 'personalToken', id: 3 },
    'ann',
  ],
  [{ ...ANN, sessionId: 4 }, { kind: 'user', id: 7, name: 'ann' }, { kind: 'session', id: 4 }, 'ann'],
  [
    { kind: 'deployToken', token: MACHINE, scopes: ['read_repository'], state: 'active' },
    { kind: 'deployToken', id: 9, name: 'deploys' },
    { kind: 'deployToken', id: 9 },
    'machine',
  ],
  [{ kind: 'job', id: 17 }, { kind: 'job', id: 17, name: 'CI job 17' }, { kind: 'job', id: 17 }, 'gitlab-ci-token'],
];

test('every kind of actor is audited as itself, acts with its own credential and has its own user name', () => {
  for (const [actor, author, credential, username] of ACTORS) {
    const from = { ip: '192.0.2.1', requestId: 'r1' };
    expect(authorOf(actor, from)).toEqual({ ...author, ...from } as ReturnType<typeof authorOf>);
    expect(credentialOf(actor)).toEqual(credential as ReturnType<typeof credentialOf>);
    expect(usernameOf(actor)).toBe(username);
  }
});
