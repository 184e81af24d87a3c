import { expect, test } from 'bun:test';
import { install } from './setup.ts';

const target = { base: 'https://p.test', projectId: 1, groupId: null, username: 'u', token: 'T' };

test('the command to fetch a file can be pasted into a shell, whatever the name of the file', () => {
  const file = `d d/it's $(id) !1 (2), ü:=[x]{y}.txt`;
  const [snippet] = install(target, { name: 'tool', version: '1.0', file });
  // The shell expands nothing in it, and has the words that curl must get.
  const script = `curl() { printf '%s\\n' "$@"; }; ${snippet?.text}`;
  const { stdout } = Bun.spawnSync(['bash', '-c', script]);
  const words = stdout.toString().trimEnd().split('\n');
  const [output, url = ''] = words.slice(-2);
  expect(output).toBe(`it's $(id) !1 (2), ü:=[x]{y}.txt`);
  expect(decodeURIComponent(url)).toBe(`https://p.test/api/v4/projects/1/packages/generic/tool/1.0/${file}`);
  expect(url).not.toMatch(/[![\]{}]/);
});
