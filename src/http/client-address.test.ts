import { expect, test } from 'bun:test';
import { toConfig } from '../config/config.ts';
import { clientAddress } from './client-address.ts';

const { trustedProxies } = toConfig({ POSTERN_TRUSTED_PROXIES: '10.0.0.0/8, 127.0.0.1, fd00::/8' });

test.each([
  ['no proxy, no header', '203.0.113.9', null, '203.0.113.9'],
  ['a stranger who claims to forward', '203.0.113.9', '198.51.100.1', '203.0.113.9'],
  ['a proxy that says nothing', '10.0.0.2', null, '10.0.0.2'],
  ['one proxy', '10.0.0.2', '203.0.113.9', '203.0.113.9'],
  ['two proxies', '10.0.0.2', '203.0.113.9, 10.0.0.3', '203.0.113.9'],
  ['a client that put an address in front', '10.0.0.2', '192.0.2.66, 203.0.113.9', '203.0.113.9'],
  ['a client that put a trusted address in front', '10.0.0.2', '10.9.9.9, 203.0.113.9', '203.0.113.9'],
  ['nothing but proxies', '10.0.0.2', '10.0.0.3', '10.0.0.3'],
  ['rubbish', '10.0.0.2', 'unknown', '10.0.0.2'],
  ['rubbish behind an address', '10.0.0.2', '203.0.113.9, <script>', '10.0.0.2'],
  ['an empty header', '10.0.0.2', '', '10.0.0.2'],
  ['IPv4 mapped into IPv6', '::ffff:10.0.0.2', '::ffff:203.0.113.9', '203.0.113.9'],
  ['IPv6 in one spelling', 'fd00::1', '2001:DB8:0:0::9', '2001:db8::9'],
])('%s', (_, peer, header, expected) => {
  expect(clientAddress(peer, header, trustedProxies)).toBe(expected);
});

test('without trusted proxies nobody is believed', () => {
  expect(clientAddress('127.0.0.1', '203.0.113.9', [])).toBe('127.0.0.1');
});
