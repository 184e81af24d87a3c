import { afterEach, expect, test } from 'bun:test';
import { unknownSettings } from './env.ts';

const given = ['POSTERN_PUBLIC_URL', 'POSTERN_SERVICE_HOST', 'POSTERN_PORT', 'POSTERN_PORT_80_TCP_ADDR', 'POSTERN_URL'];
const before = given.map((name) => [name, process.env[name]] as const);
afterEach(() => {
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

test('a name that is almost a setting is noticed; what Kubernetes adds beside a service called postern is not', () => {
  for (const name of given) process.env[name] = 'x';
  expect(unknownSettings().filter((name) => given.includes(name))).toEqual(['POSTERN_PUBLIC_URL']);
});
