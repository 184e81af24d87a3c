import { XMLParser } from 'fast-xml-parser';
import { invalidParameter } from './errors.ts';

/** More than any document that we read is deep. */
const MAX_DEPTH = 50;

const parser = new XMLParser({
  ignoreAttributes: true,
  parseTagValue: false,
  maxNestedTags: MAX_DEPTH,
  // Without a document type there are the five that XML itself has, and none that grow.
  processEntities: { enabled: true, maxTotalExpansions: 100_000 },
});

/**
 * The elements of an XML document that a stranger sent, as objects, lists of objects and texts. A document type is
 * refused, and with it all entities that the document could define: none is expanded, nothing is fetched. The size is
 * for the caller to limit.
 * @throws PosternError `invalid` with the parser's word for what is wrong.
 */
export function parseXml(text: string): Record<string, unknown> {
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) throw invalidParameter('XML is invalid', 'It must have no document type.');
  try {
    return parser.parse(text, true) as Record<string, unknown>;
  } catch (error) {
    throw invalidParameter('XML is invalid', error instanceof Error ? error.message : 'It cannot be read.');
  }
}
