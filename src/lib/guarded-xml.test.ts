import { expect, test } from 'bun:test';
import { parseXml } from './guarded-xml.ts';

test('elements become objects and texts, with the predefined entities', () => {
  expect(parseXml('<?xml version="1.0"?><a><b>1.10</b><c>x &amp; &lt;y&gt;</c><c>z</c></a>')).toEqual({
    '?xml': '',
    a: { b: '1.10', c: ['x & <y>', 'z'] },
  });
});

test('a document type is refused, and with it entities that grow or name a file', () => {
  const laughs = Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join('');
  for (const document of [
    `<!DOCTYPE a [<!ENTITY l0 "ha">${laughs}]><a>&l9;</a>`,
    '<!doctype a [<!ENTITY file SYSTEM "file:///etc/passwd">]><a>&file;</a>',
    '<!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd"><a/>',
    '<a><!ENTITY x "y"></a>',
  ])
    expect(() => parseXml(document)).toThrow('XML is invalid');
});

test('other texts, and XML that is too deep, are refused quickly', () => {
  const start = performance.now();
  for (const document of [
    'not xml <',
    '<a><b></a>',
    '<a>'.repeat(100_000),
    `${'<a>'.repeat(60)}${'</a>'.repeat(60)}`,
    `<a>${'&amp;'.repeat(200_000)}</a>`,
  ])
    expect(() => parseXml(document)).toThrow('XML is invalid');
  expect(performance.now() - start).toBeLessThan(2000);
});

test('no element reaches the prototype of an object', () => {
  const read = parseXml('<a><b>x</b><toString>y</toString></a>');
  expect(Object.keys(read)).toEqual(['a']);
  try {
    parseXml('<a><__proto__><polluted>yes</polluted></__proto__></a>');
  } catch {}
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});
