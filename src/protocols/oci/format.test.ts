import { expect, test } from 'bun:test';
import { parseContentRange, parseScopes, uploadRange } from './format.ts';

test('a scope is type, name and actions: the name may hold a host with a port', () => {
  expect(parseScopes(['repository:registry.example.com:5000/g/p:pull,push'])).toEqual([
    { type: 'repository', name: 'registry.example.com:5000/g/p', actions: ['pull', 'push'] },
  ]);
  expect(parseScopes(['repository:a/b:pull  registry:catalog:*', 'repository:c/d:push'])).toEqual([
    { type: 'repository', name: 'a/b', actions: ['pull'] },
    { type: 'registry', name: 'catalog', actions: ['*'] },
    { type: 'repository', name: 'c/d', actions: ['push'] },
  ]);
  expect(parseScopes(['', 'repository', 'repository:a/b', ':', 'pull'])).toEqual([]);
  const many = Array.from({ length: 101 }, (_, n) => `repository:a/b${n}:pull`);
  expect(() => parseScopes([many.join(' ')])).toThrow('More than 100 scopes');
});

test('Content-Range of a chunk, with the unit of HTTP or without', () => {
  for (const header of ['0-1023', 'bytes 0-1023', 'bytes=0-1023', ' 0-1023 ', 'bytes 0-1023/2048', '0-1023/*'])
    expect(parseContentRange(header)).toEqual({ start: 0, end: 1023 });
  expect(parseContentRange(null)).toBeNull();
  for (const header of ['', '0', '-5', '5-', 'a-b', '0-1, 2-3', '0x1-0x2', '-1--5', '0-9999999999999999999'])
    expect(() => parseContentRange(header)).toThrow('two numbers');
});

test('Range of an upload has no unit, and of none as much as of one byte', () => {
  expect([0, 1, 2, 1024].map(uploadRange)).toEqual(['0-0', '0-0', '0-1', '0-1023']);
});
