import { expect, test } from 'bun:test';
import { DAY } from '../../lib/clock.ts';
import { effectiveScopes, toScopes } from './scopes.ts';
import { defaultUsername, stateOf, toName, toUsername } from './token.ts';

const CHARACTERS = "Username can contain only letters, digits, '_', '-', '+', and '.'";
const NOW = Date.parse('2026-03-01T12:00:00Z');

test('A001 A002 the default user name is made of the id, and there is none before there is an id', () => {
  expect(defaultUsername(17)).toBe('gitlab+deploy-token-17');
  // Without an id it cannot be asked for: nothing but the id goes into it.
  expect(defaultUsername.length).toBe(1);
});

test('A004 a user name of all the characters that are allowed', () => {
  expect(toUsername('GitLab+deploy_token-3.14')).toBe('GitLab+deploy_token-3.14');
});

test('A005 A006 A009 a user name of other characters, or of none, is refused with the characters that are allowed', () => {
  for (const name of ['<script>', '', 'a b', 'a/b', 'a@b', 'a:b', 'a\n', 'é', 'a\u0000']) {
    expect(() => toUsername(name)).toThrow(CHARACTERS);
  }
});

test('A008 a user name of 255 characters is accepted, one of 256 is not', () => {
  expect(toUsername('a'.repeat(255))).toHaveLength(255);
  expect(() => toUsername('a'.repeat(256))).toThrow('Username is too long (maximum is 255 characters)');
});

test('a name is needed, has 255 characters at most, and no control characters', () => {
  expect(toName('My Token / <b>')).toBe('My Token / <b>');
  expect(toName('x'.repeat(255))).toHaveLength(255);
  expect(() => toName(' ')).toThrow("Name can't be blank");
  expect(() => toName('x'.repeat(256))).toThrow('Name is too long (maximum is 255 characters)');
  expect(() => toName('a\r\nb')).toThrow('Name cannot contain control characters');
  // Reversed, the sentence about it would have another meaning.
  expect(() => toName('\u202eevil')).toThrow('Name cannot contain control characters');
  expect(toName('שלום')).toBe('שלום');
});

test("A014 no scope: Scopes can't be blank", () => {
  expect(() => toScopes([])).toThrow("Scopes can't be blank");
});

test('A016 all scopes come in the canonical order, each once', () => {
  const sent = [
    'write_package_registry',
    'read_package_registry',
    'read_repository',
    'write_registry',
    'read_registry',
    'read_repository',
  ];
  expect(toScopes(sent)).toEqual([
    'read_repository',
    'read_registry',
    'write_registry',
    'read_package_registry',
    'write_package_registry',
  ]);
});

test('A017 one scope is that one', () => {
  expect(toScopes(['read_repository'])).toEqual(['read_repository']);
  expect(effectiveScopes({ name: 'x', owner: { kind: 'project' }, scopes: ['read_repository'] })).toEqual([
    'read_repository',
  ]);
});

test('A020 no expiry, not revoked: active', () => {
  expect(stateOf({ revokedAt: null, expiresAt: null }, NOW)).toBe('active');
});

test('A021 expired five days ago: not active', () => {
  expect(stateOf({ revokedAt: null, expiresAt: NOW - 5 * DAY }, NOW)).toBe('expired');
});

test('a token is dead from the very instant of its expiry', () => {
  expect(stateOf({ revokedAt: null, expiresAt: NOW + 1 }, NOW)).toBe('active');
  expect(stateOf({ revokedAt: null, expiresAt: NOW }, NOW)).toBe('expired');
});
