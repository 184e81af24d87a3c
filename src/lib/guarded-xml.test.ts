import { expect, test } from 'bun:test';
import { PosternError } from './errors.ts';
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

test('other texts are refused', () => {
  for (const document of ['not xml <', '<a><b></a>', '<a>'.repeat(100_000)])
    expect(() => parseXml(document)).toThrow('XML is invalid');
});

test('the parser stops at its limit of depth, not at the end of the document', () => {
  expect(hintFor(`${'<a>'.repeat(60)}${'</a>'.repeat(60)}`)).toBe('Maximum nested tags exceeded');
});

test('the hint of an error is short, however many elements are not closed', () => {
  const hint = hintFor('<a>'.repeat(15_000));
  expect(hint).toStartWith('Invalid');
  expect(hint.length).toBe(200);
});

function hintFor(document: string): string {
  try {
    parseXml(document);
  } catch (error) {
    if (error instanceof PosternError) return error.detail.hint ?? '';
  }
  throw new Error('the document was accepted');
}

test('tags, attributes and entities are counted before the document is parsed', () => {
  const fits = parseXml(`<a>${'<b/>'.repeat(9000)}</a>`)['a'] as { b: unknown[] };
  expect(fits.b.length).toBe(9000);
  for (const inside of ['<b/>'.repeat(20_001), `<b ${'c="" '.repeat(20_001)}/>`, '&lt;'.repeat(20_001)])
    expect(hintFor(`<a>${inside}</a>`)).toContain('at most 20000 tags');
});

test('no element reaches the prototype of an object', () => {
  const read = parseXml('<a><b>x</b><toString>y</toString></a>');
  expect(Object.keys(read)).toEqual(['a']);
  try {
    parseXml('<a><__proto__><polluted>yes</polluted></__proto__></a>');
  } catch {}
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});
