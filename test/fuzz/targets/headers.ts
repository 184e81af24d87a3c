import ipaddr from 'ipaddr.js';
import { clientAddress } from '../../../src/http/client-address.ts';
import { readCredential } from '../../../src/http/read-credential.ts';
import { acceptsCoding, preferredType } from '../../../src/http/replies/accept.ts';
import { isCurrent, rangeOf } from '../../../src/http/replies/conditions.ts';
import { byteSizeIn, writeByteSize } from '../../../src/lib/byte-size.ts';
import { matchesGlob } from '../../../src/lib/glob.ts';
import { formatInstant, parseInstant } from '../../../src/lib/instant.ts';
import { compilePattern } from '../../../src/lib/pattern.ts';
import { parsePeriod } from '../../../src/lib/period.ts';
import { subnetOf } from '../../../src/lib/subnet.ts';
import { returnTo } from '../../../src/web/return-to.ts';
import type { Choices } from '../choices.ts';
import { type FuzzTarget, mustHold } from '../fuzz.ts';
import { mutateText } from '../mutate.ts';
import { sendable } from '../scene.ts';

const header = (choices: Choices, text: string) => choices.try(sendable(mutateText(choices, text)));

const accept: FuzzTarget = {
  name: 'Accept',
  open: () => (choices) => {
    const type = () =>
      choices.pick(['text/html', 'application/json', '*/*', 'application/*', 'gzip', choices.oddText()]);
    const range = () => `${type()}${choices.pick(['', ';q=0.5', ';q=0', ';q=', ';q=1.0001', '; a="b,c"'])}`;
    const text = header(choices, choices.words(5, range, choices.pick([',', ', ', ',,'])));
    acceptsCoding(text, ['gzip', 'zstd']);
    return preferredType(text, ['application/json', 'text/html']) === null ? 'refused' : 'accepted';
  },
};

const ranges: FuzzTarget = {
  name: 'Range and conditions',
  open: () => (choices) => {
    const size = choices.pick([0, 1, 100, Number.MAX_SAFE_INTEGER]);
    const text = `bytes=${choices.pick(['', choices.digits(16)])}-${choices.pick(['', choices.digits(16)])}`;
    const range = rangeOf(header(choices, text), size);
    const date = choices.pick(['Sun, 01 Mar 2026 12:00:00 GMT', '2026', choices.oddText()]);
    const headers = new Headers({ 'If-Modified-Since': header(choices, date) });
    if (choices.chance(0.5)) headers.set('If-None-Match', header(choices, 'W/"a", "b"'));
    isCurrent(headers, '"a"', Date.now());
    if (range === null || range === 'unsatisfiable') return 'refused';
    mustHold(range.start >= 0 && range.start <= range.end && range.end < size, 'the range is not within the bytes');
    return 'accepted';
  },
};

const TOKEN = `gldt-${'a'.repeat(20)}`;

const credentials: FuzzTarget = {
  name: 'credentials of a request',
  open: () => (choices) => {
    const basic = () => `Basic ${Buffer.from(mutateText(choices, `deploy:${TOKEN}`)).toString('base64')}`;
    const value = () =>
      choices.pick([basic(), `Bearer ${TOKEN}`, 'Bearer a.b.c', TOKEN, 'Digest x', choices.oddText()]);
    const names = choices.several(2, () =>
      choices.pick(['Authorization', 'Private-Token', 'Deploy-Token', 'Job-Token']),
    );
    const headers = new Headers();
    for (const name of names) headers.append(name, header(choices, choices.words(2, value, ',')));
    const query = new URLSearchParams(choices.chance(0.1) ? { [choices.pick(['private_token', 'a'])]: 'x' } : {});
    return readCredential(headers, query).kind === 'malformed' ? 'refused' : 'accepted';
  },
};

const addresses: FuzzTarget = {
  name: 'X-Forwarded-For',
  open: () => {
    const trusted = [ipaddr.parseCIDR('10.0.0.0/8'), ipaddr.parseCIDR('::1/128')];
    return (choices) => {
      const hop = () =>
        choices.pick(['10.0.0.1', '1.2.3.4', '::1', '::ffff:10.0.0.1', 'fe80::1%eth0', '0x7f.1', choices.oddText()]);
      const address = clientAddress('10.0.0.1', header(choices, choices.words(5, hop, ', ')), trusted);
      mustHold(ipaddr.isValid(address), `${address} is no address`);
      subnetOf(address);
      return address === '10.0.0.1' ? 'refused' : 'accepted';
    };
  },
};

const patterns: FuzzTarget = {
  name: 'patterns of tags',
  open: () => async (choices) => {
    const atom = () =>
      choices.pick([
        'a',
        '.',
        '\\d',
        '[a-z]',
        '(a|b)',
        '(?i)',
        '(?:x)',
        '^',
        '$',
        '\\p{L}',
        '[^',
        '(?<n>',
        choices.oddText(),
      ]);
    const piece = () => `${atom()}${choices.pick(['', '*', '+', '?', '{2}', '{1,30}', '{1000}', '{,3}', '*?', '**'])}`;
    const matches = await compilePattern(choices.try(mutateText(choices, choices.words(8, piece))));
    const texts = ['', 'latest', 'a'.repeat(128), 'v1.0.0-rc.1', choices.oddText()];
    for (const text of texts) matches?.(text);
    const glob = choices.try(choices.words(12, () => choices.pick(['*', '**', 'a', 'release/', choices.oddText()])));
    for (const text of texts) matchesGlob(glob, text);
    return matches === null ? 'refused' : 'accepted';
  },
};

const dates: FuzzTarget = {
  name: 'dates, periods and sizes',
  open: () => (choices) => {
    const day = `${choices.digits(4)}-${choices.pick(['01', '02', '12', '13'])}-${choices.pick(['01', '29', '30', '31'])}`;
    const instant = `${day}${choices.pick(['T', ' '])}${choices.pick(['08:00', '23:59:60', '24:00:00.123456'])}${choices.pick(['', 'Z', '+0200', '-99:99'])}`;
    const size = byteSizeIn(
      choices.try(mutateText(choices, choices.pick(['10 MiB', '1.5g', '999999999999999999 TiB']))),
    );
    if (Number.isSafeInteger(size ?? 0.5))
      mustHold(byteSizeIn(writeByteSize(size ?? 0)) === size, 'the printed size is another one');
    if (choices.chance(0.5))
      return void parsePeriod(
        'p',
        choices.try(mutateText(choices, choices.pick(['1h', '7d', '2 weeks', '999999 years']))),
      );
    const value = parseInstant(
      'expires_at',
      choices.try(mutateText(choices, choices.pick([day, '2027-02-14', instant]))),
    );
    mustHold(parseInstant('expires_at', formatInstant(value)) === value, 'the printed instant is another one');
  },
};

const returns: FuzzTarget = {
  name: 'addresses to return to',
  open: () => (choices) => {
    const part = () =>
      choices.pick([
        '/',
        'a',
        '?b=c',
        '#d',
        '//evil.example',
        '/\\evil.example',
        'https:',
        '@',
        '..',
        choices.oddText(),
      ]);
    const address = returnTo(choices.try(mutateText(choices, `/${choices.words(5, part)}`)));
    const url = new URL(address, 'http://ours.example');
    mustHold(url.host === 'ours.example', `${address} leads to another server`);
    return address === '/' ? 'refused' : 'accepted';
  },
};

export const HEADERS: readonly FuzzTarget[] = [accept, ranges, credentials, addresses, patterns, dates, returns];
