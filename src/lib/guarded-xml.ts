import { XMLParser } from 'fast-xml-parser';
import { invalidParameter } from './errors.ts';
import { messageOf } from './message-of.ts';

/** Deeper than any document that is read. */
const MAX_DEPTH = 50;
/** Longest part of a message of the parser that is sent to the client, in characters. */
const MAX_HINT = 200;

const parser = new XMLParser({
  ignoreAttributes: true,
  parseTagValue: false,
  maxNestedTags: MAX_DEPTH,
  // Without a document type there are only the five entities of XML, which do not grow.
  processEntities: { enabled: true, maxTotalExpansions: 100_000 },
});

/**
 * Parses XML from an untrusted source into objects, lists of objects and texts. A document type is refused, and with it
 * all entities that the document could define: none is expanded and nothing is fetched. The caller bounds the size.
 * @throws PosternError `invalid` with the beginning of the parser's message.
 */
export function parseXml(text: string): Record<string, unknown> {
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) throw invalidParameter('XML is invalid', 'It must have no document type.');
  try {
    return parser.parse(text, true) as Record<string, unknown>;
  } catch (error) {
    // The message for unclosed elements names each of them.
    throw invalidParameter('XML is invalid', messageOf(error).replace(/\s+/g, ' ').slice(0, MAX_HINT));
  }
}
