import { expect, test } from 'bun:test';
import { holdReport } from './held-report.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const pkt = (text: string) => (text.length + 4).toString(16).padStart(4, '0') + text;
const REPORT = `${pkt(`\x01${pkt('unpack ok\n')}${pkt('ok refs/heads/main\n')}0000`)}0000`;

/** Gives the output to the client in pieces of a size. @returns what it may have before the end, and after it. */
function holdAll(output: string, size: number, capabilities: string[], advertised = false) {
  const held = holdReport({ commands: [], capabilities: new Set(capabilities) }, advertised);
  let sent = '';
  for (let at = 0; at < output.length; at += size)
    sent += new TextDecoder().decode(held.take(bytes(output.slice(at, at + size))));
  return [sent, new TextDecoder().decode(held.rest())];
}

test('progress is sent at once and the report is kept back, however the output is cut', () => {
  const progress = `${pkt('\x02Unpacking objects: 50%\r')}${pkt('\x01')}${pkt('\x02Unpacking objects: 100%\n')}`;
  for (const size of [1, 3, 7, 5000])
    expect(holdAll(progress + REPORT, size, ['report-status', 'side-band-64k'])).toEqual([progress, REPORT]);
});

test('output of a hook after the report stays behind it', () => {
  const output = `${REPORT.slice(0, -4)}${pkt('\x02done\n')}0000`;
  expect(holdAll(output, 9, ['report-status', 'side-band-64k'])).toEqual(['', output]);
});

test('without a side band everything is kept back', () => {
  const output = `${pkt('unpack ok\n')}${pkt('ok refs/heads/main\n')}0000`;
  expect(holdAll(output, 4, ['report-status'])).toEqual(['', output]);
});

test('without a report the end of the output is the acknowledgement', () => {
  const progress = pkt('\x02Unpacking objects\n');
  expect(holdAll(`${progress}0000`, 6, ['side-band-64k'])).toEqual([progress, '0000']);
});

test('the advertisement of a duplex conversation is sent at once', () => {
  const refs = `${pkt(`${'a'.repeat(40)} refs/heads/main\0report-status\n`)}0000`;
  expect(holdAll(refs + REPORT, 5, ['report-status', 'side-band-64k'], true)).toEqual([refs, REPORT]);
  expect(holdAll(refs + REPORT, 5, ['report-status'], true)).toEqual([refs, REPORT]);
});

test('bytes that are no packet are kept back', () => {
  expect(holdAll('garbage', 2, ['side-band-64k'])).toEqual(['', 'garbage']);
});
