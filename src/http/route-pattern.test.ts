import { describe, expect, test } from 'bun:test';
import { compilePattern } from './route-pattern.ts';

const match = (pattern: string, path: string) => compilePattern(pattern).match(path);

describe('patterns of rows', () => {
  test('text stands for itself, dots and all', () => {
    expect(match('/-/registry.pem', '/-/registry.pem')).toEqual({});
    for (const path of ['/-/registry_pem', '/-/registry.pem/', '/-/registry.pe', '/x/-/registry.pem'])
      expect([path, match('/-/registry.pem', path)]).toEqual([path, null]);
    expect(match('/-/a.b/:id', '/-/axb/1')).toBeNull();
  });

  test('a name is one segment that is not empty, with its escapes', () => {
    expect(match('/api/:id/tokens/:token', '/api/a%2Fb/tokens/7')).toEqual({ id: 'a%2Fb', token: '7' });
    for (const path of ['/api//tokens/7', '/api/a/b/tokens/7', '/api/a/tokens/', '/api/a/tokens/7/8', '/api/a/tokens'])
      expect([path, match('/api/:id/tokens/:token', path)]).toEqual([path, null]);
  });

  test('an expression takes what it says, as much as it can, and what follows must follow', () => {
    const manifest = '/v2/:name{.+}/manifests/:reference';
    expect(match(manifest, '/v2/g/p/manifests/v1')).toEqual({ name: 'g/p', reference: 'v1' });
    expect(match(manifest, '/v2/g/manifests/p/manifests/v1')).toEqual({ name: 'g/manifests/p', reference: 'v1' });
    expect(match(manifest, '/v2/g/p/manifests/manifests-1')).toEqual({ name: 'g/p', reference: 'manifests-1' });
    expect(match(manifest, '/v2//manifests/v1')).toBeNull();
    expect(match('/:repo{.+\\.git}/info/refs', '/a/b.git/info/refs')).toEqual({ repo: 'a/b.git' });
    expect(match('/:repo{.+\\.git}/info/refs', '/a/bxgit/info/refs')).toBeNull();
    expect(match('/files/:id{\\d{1,3}}', '/files/123')).toEqual({ id: '123' });
    expect(match('/files/:id{\\d{1,3}}', '/files/1234')).toBeNull();
  });

  test('the first segment is known where it is always the same', () => {
    const heads = ['/v2', '/v2/', '/v2/:name{.+}/tags', '/', '/:path{.+}', '/a:b', '/-/x'].map(
      (pattern) => compilePattern(pattern).head,
    );
    expect(heads).toEqual(['v2', 'v2', 'v2', '', null, null, '-']);
  });
});
