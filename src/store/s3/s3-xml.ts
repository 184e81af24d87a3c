import { XMLParser } from 'fast-xml-parser';

/** Of an element only the text; of an element that comes several times a list. Nothing is guessed to be a number. */
const parser = new XMLParser({
  parseTagValue: false,
  ignoreAttributes: true,
  isArray: (name) => ['Contents', 'Upload'].includes(name),
});

type Element = { [name: string]: unknown };

const isElement = (value: unknown): value is Element => typeof value === 'object' && value !== null;

/** The one element that a document is made of, with its name; an empty one when it is no XML. */
function parse(text: string): [string, Element] {
  try {
    const document: unknown = parser.parse(text);
    const found = isElement(document) ? Object.entries(document).find(([name]) => name !== '?xml') : undefined;
    return found && isElement(found[1]) ? [found[0], found[1]] : ['', {}];
  } catch {
    return ['', {}];
  }
}

/** The content of an error document; null when it is none. */
export function parseError(text: string): { code: string; message: string } | null {
  const [name, element] = parse(text);
  return name === 'Error' ? { code: textOf(element, 'Code'), message: textOf(element, 'Message') } : null;
}

export const parseResult = (text: string): Element => parse(text)[1];

export function textOf(element: Element, name: string): string {
  const value = element[name];
  return typeof value === 'string' ? value : '';
}

export function elementsOf(element: Element, name: string): Element[] {
  const value = element[name];
  return Array.isArray(value) ? value.filter(isElement) : [];
}

export const escapeXml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
