import { expect, test } from 'bun:test';
import { thrown } from '../../../test/support/rejection.ts';
import {
  emptyHead,
  MAX_COMMANDS,
  MAX_HEAD_BYTES,
  MAX_NAME_BYTES,
  PushTooLarge,
  readCommands,
  refusePush,
} from './push-commands.ts';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const NONE = '0'.repeat(40);
const pkt = (text: string) => (Buffer.byteLength(text) + 4).toString(16).padStart(4, '0') + text;
const PACK = 'PACK\0\0\0\x02 and what follows: 0000 0032';

async function* chunks(text: string, size: number): AsyncIterable<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(text: string, size = 1000, whole = true) {
  const head = emptyHead();
  const parts: Uint8Array[] = [];
  for await (const chunk of readCommands(chunks(text, size), head, whole)) parts.push(chunk);
  return { head, passed: Buffer.concat(parts).toString() };
}

test('the commands of a push are read from chunks of any size, and its bytes are passed on as they are', async () => {
  const first = pkt(`${NONE} ${A} refs/heads/main\0 report-status side-band-64k agent=git/2.39.5\n`);
  const rest = pkt(`${A} ${NONE} refs/heads/old`) + pkt(`${A} ${B} refs/heads/grün\n`);
  const text = `${pkt(`shallow ${A}`)}${first}${rest}0000${PACK}`;
  for (const size of [1, 2, 3, 5, 64, 10_000]) {
    const { head, passed } = await read(text, size);
    expect(passed).toBe(text);
    expect(head.commands).toEqual([
      { ref: 'refs/heads/main', old: null, new: A },
      { ref: 'refs/heads/old', old: A, new: null },
      { ref: 'refs/heads/grün', old: A, new: B },
    ]);
    expect([...head.capabilities]).toEqual(['report-status', 'side-band-64k', 'agent=git/2.39.5']);
  }
});

test('push options are a second section; a pack that looks like packets is not read', async () => {
  const command = pkt(`${NONE} ${A} refs/heads/main\0 push-options`);
  const text = `${command}0000${pkt('ci.skip')}0000${pkt(`${A} ${B} refs/heads/pack`)}0000zzzz`;
  expect((await read(text, 7)).head.commands).toHaveLength(1);
});

test('a push of nothing has no commands', async () => {
  expect((await read('0000')).head.commands).toEqual([]);
});

test('bytes that are not commands are refused', async () => {
  const zeros = `${NONE} ${A}`;
  for (const text of [
    'zzzz',
    '0001',
    '0003',
    'fffe',
    pkt(zeros),
    pkt(`${zeros} `),
    pkt('push-cert\0 x'),
    pkt('hello'),
  ]) {
    expect(await thrown(read(text))).toThrow("not in git's protocol");
  }
});

const manyCommands = (count: number) =>
  Array.from({ length: count }, (_, i) => pkt(`${NONE} ${A} refs/tags/v${i}`)).join('');

test('one command more than the bound is too many', async () => {
  expect((await read(`${manyCommands(MAX_COMMANDS)}0000`, 65_536)).head.commands).toHaveLength(MAX_COMMANDS);
  expect(await thrown(read(`${manyCommands(MAX_COMMANDS + 1)}0000`, 65_536))).toThrow(PushTooLarge);
});

test('commands and push options together are bounded in bytes', async () => {
  const long = pkt(`${NONE} ${A} refs/heads/${'x'.repeat(MAX_NAME_BYTES - 11)}\0 push-options`);
  expect(await thrown(read(pkt(`${NONE} ${A} refs/heads/${'x'.repeat(MAX_NAME_BYTES - 10)}`)))).toThrow(PushTooLarge);
  // Without their length.
  const count = Math.floor(MAX_HEAD_BYTES / (long.length - 4));
  expect((await read(`${long.repeat(count)}0000`, 65_536)).head.commands).toHaveLength(count);
  expect(await thrown(read(`${long.repeat(count + 1)}0000`, 65_536))).toThrow(PushTooLarge);
  expect(await thrown(read(`${long}0000${pkt('o'.repeat(65_000)).repeat(130)}`, 65_536))).toThrow(PushTooLarge);
});

test('a push that is too large is read to its end where the client needs that, and nothing more of it is passed on', async () => {
  const text = `${manyCommands(MAX_COMMANDS + 1)}0000${PACK.repeat(10_000)}`;
  for (const whole of [true, false]) {
    let taken = 0;
    async function* counted() {
      for await (const chunk of chunks(text, 65_536)) {
        taken += chunk.length;
        yield chunk;
      }
    }
    const passed: Uint8Array[] = [];
    const reading = async () => {
      for await (const chunk of readCommands(counted(), emptyHead(), whole)) passed.push(chunk);
    };
    expect(await thrown(reading())).toThrow(PushTooLarge);
    expect(taken === Buffer.byteLength(text)).toBe(whole);
    expect(Buffer.concat(passed).includes('PACK')).toBe(false);
  }
});

test('a refusal has the form that the client asked for', () => {
  const refuse = (...capabilities: string[]) =>
    new TextDecoder().decode(refusePush({ commands: [], capabilities: new Set(capabilities) }, 'no'));
  expect(refuse()).toBe('');
  expect(refuse('report-status')).toBe('000eunpack no\n0000');
  expect(refuse('report-status', 'side-band-64k')).toBe('000f\x02fatal: no\n0017\x01000eunpack no\n00000000');
});
