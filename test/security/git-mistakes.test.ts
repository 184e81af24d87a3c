/**
 * The attack: requests that git refuses, such as a command of protocol 2 that is not offered. Each was answered with
 * 500 and wrote an error into the log, as often as a stranger liked.
 */
import { expect, test } from 'bun:test';
import { pktLine } from '../../src/store/git/packets.ts';
import { appOverPipe } from '../support/app-over-pipe.ts';
import { makeRepository } from '../support/git.ts';

const scene = appOverPipe();
const fetch = (...args: string[]) =>
  `${pktLine('command=fetch\n')}${pktLine('object-format=sha1\n')}0001${args.map((text) => pktLine(`${text}\n`)).join('')}0000`;

test('a request that git refuses is answered with 400 and a reason, and is no fault of the server', async () => {
  const { app, client, pipe } = scene;
  const visibility = 'public';
  const project = await app.seed.project(await app.seed.group(null, { visibility }), { visibility });
  const cwd = await makeRepository(client, 'source', 2);
  await client.ok(['git', 'push', '-q', pipe.url(project), 'main'], { cwd, env: pipe.env });
  const id = async (name: string) => (await client.ok(['git', 'rev-parse', name], { cwd })).stdout.trim();
  const want = `want ${await id('main')}`;
  const blob = await id('main:file.txt');

  const inVersion2 = [
    `${pktLine('command=bundle-uri\n')}0000`,
    ...['foo', 'object-info', 'receive-pack', '', 'x'.repeat(5000)].map(
      (name) => `${pktLine(`command=${name}\n`)}0000`,
    ),
    `${pktLine('command=ls-refs\n')}0001${pktLine('peel\n')}0001`,
    `${pktLine('command=ls-refs\n')}${pktLine('object-format=md5\n')}0000`,
    `${pktLine('command=ls-refs\n')}0001${pktLine('foo\n')}0000`,
    `${pktLine('command=fetch\n')}${pktLine('command=ls-refs\n')}0000`,
    `${pktLine('command=fetch\n')}${pktLine('object-format=sha256\n')}0001${pktLine(`${want}\n`)}0000`,
    `${pktLine('agent=x\n')}0000`,
    `${pktLine('foo=bar\n')}0000`,
    '0001',
    '0004',
    fetch('foo'),
    fetch('want xyz'),
    fetch('have xyz'),
    fetch('want-ref refs/heads/main'),
    fetch(want, 'sideband-all'),
    fetch(want, 'shallow xyz'),
    fetch(want, `shallow ${blob}`),
    ...['deepen 0', 'deepen x', 'deepen -1', 'deepen-since x', 'deepen-not nope'].map((text) =>
      fetch(want, text, 'done'),
    ),
    ...['xyz', 'combine:', 'tree:x', 'blob:limit=x', 'object:type=x', 'combine:tree:0+xyz'].map((text) =>
      fetch(want, `filter ${text}`, 'done'),
    ),
  ];
  const inVersion0 = [
    `${pktLine(`${want} multi_ack\n`)}0000${pktLine('have xyz\n')}${pktLine('done\n')}`,
    `${pktLine(`${want} multi_ack\n`)}0000${pktLine('junk\n')}`,
    ...['deepen x', 'shallow xyz', `shallow ${blob}`, 'deepen-not nope', 'filter nope'].map(
      (text) => `${pktLine(`${want} shallow\n`)}${pktLine(`${text}\n`)}0000${pktLine('done\n')}`,
    ),
  ];
  const send = async (protocol: string, body: string) => {
    const headers = { 'Content-Type': 'application/x-git-upload-pack-request', 'Git-Protocol': `version=${protocol}` };
    const response = await app.fetch(`/${project.full_path}.git/git-upload-pack`, { method: 'POST', headers, body });
    expect([body, response.status, await response.text()]).toEqual([
      body,
      400,
      expect.stringMatching(
        /^(Git refuses the request: .+|The request is not in git's protocol|The commands of .+)\.\n$/,
      ),
    ]);
  };
  for (const body of inVersion2) await send('2', body);
  for (const body of inVersion0) await send('0', body);
  // Git has begun to answer when it notices.
  await app
    .fetch(`/${project.full_path}.git/git-upload-pack`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-git-upload-pack-request', 'Git-Protocol': 'version=2' },
      body: fetch(want, 'deepen-not main', 'done'),
    })
    .then((response) => response.text())
    .catch(() => {});
  expect(app.lines.filter((text) => /"fault"|failed after its answer/.test(text))).toEqual([]);
}, 180_000);
