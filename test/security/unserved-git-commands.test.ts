/**
 * The attack: commands and lines of git's protocol 2 that the server never advertised. Git ends without an answer, so
 * each of them was a 500 and an error in the log, as often as a stranger liked.
 */

import { expect, test } from 'bun:test';
import { pktLine } from '../../src/store/git/packets.ts';
import { startApp } from '../support/app.ts';

const line = (text: string) => pktLine(`${text}\n`);
const request = (command: string, ...lines: string[]) =>
  `${line(`command=${command}`)}${line('object-format=sha1')}0001${lines.map(line).join('')}0000`;

const HOSTILE = [
  request('bundle-uri'),
  request('object-info', 'size'),
  request('receive-pack'),
  request(''),
  request('x'.repeat(5000)),
  `${line('command=ls-refs')}${line('command=fetch')}0000`,
  `${line('agent=x')}0000`,
  `${line('command=ls-refs')}${line('nonsense')}0000`,
  `${line('command=ls-refs')}${line('object-format=sha256')}0000`,
  `${line('command=ls-refs')}${line('object-format=md5')}0000`,
  request('ls-refs', 'nonsense'),
  `${line('command=ls-refs')}0001${line('peel')}0001`,
  request('fetch', 'nonsense'),
  request('fetch', 'shallow x'),
  request('fetch', 'deepen x'),
  request('fetch', 'deepen-since x'),
  request('fetch', 'filter nonsense'),
  request('fetch', 'filter sparse:path=x'),
  request('fetch', 'want x'),
  request('fetch', 'have x'),
];

test('a request that git does not answer is 400 with a sentence, and no fault is logged', async () => {
  await using app = await startApp('sqlite');
  const project = await app.seed.project(await app.seed.group(null, { visibility: 'public' }), {
    visibility: 'public',
  });
  for (const body of HOSTILE) {
    const response = await app.fetch(`/${project.full_path}.git/git-upload-pack`, {
      method: 'POST',
      body,
      headers: { 'Content-Type': 'application/x-git-upload-pack-request', 'Git-Protocol': 'version=2' },
    });
    const text = await response.text();
    // Some mistakes git reports itself, in its protocol.
    const reported = response.status === 200 && /^....(ERR |.*error)/.test(text);
    expect([body.slice(0, 60), response.status === 400 || reported]).toEqual([body.slice(0, 60), true]);
  }
  expect(app.lines.filter((each) => /"fault"|"level":(50|60)/.test(each))).toEqual([]);
});
