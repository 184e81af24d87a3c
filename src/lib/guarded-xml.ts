import { XMLParser } from 'fast-xml-parser';
import { invalidParameter } from './errors.ts';
import { messageOf } from './message-of.ts';

/** Deeper than any document that is read. */
const MAX_DEPTH = 50;
/** Longest part of a message of the parser that is sent to the client, in characters. */
const MAX_HINT = 200;
/** The most tags, attributes and entities: the parser takes time and memory by the item, not by the byte. */
const MAX_ITEMS = 20_000;

const parser = new XMLParser({
  ignoreAttributes: true,
  parseTagValue: false,
  maxNestedTags: MAX_DEPTH,
  // Without a document type there are only the five entities of XML, which do not grow.
  processEntities: { enabled: true, maxTotalExpansions: MAX_ITEMS },
});

/**
 * Parses XML from an untrusted source into objects, lists of objects and texts. A document type is refused, and with it
 * all entities that the document could define: none is expanded and nothing is fetched. Its items are counted before;
 * the caller bounds its size.
 * @throws PosternError `invalid` with the beginning of the parser's message.
 */
export function parseXml(text: string): Record<string, unknown> {
  if (hasMoreItems(text, MAX_ITEMS))
    throw invalidParameter('XML is invalid', `It must have at most ${MAX_ITEMS} tags, attributes and entities.`);
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) throw invalidParameter('XML is invalid', 'It must have no document type.');
  try {
    return parser.parse(text, true) as Record<string, unknown>;
  } catch (error) {
    // The message for unclosed elements names each of them.
    throw invalidParameter('XML is invalid', messageOf(error).replace(/\s+/g, ' ').slice(0, MAX_HINT));
  }
}

/** Every tag, attribute and entity has one of these characters. */
const ITEM_CODES = ['<', '=', '&'].map((character) => character.charCodeAt(0));

function hasMoreItems(text: string, most: number): boolean {
  let count = 0;
  for (let at = 0; at < text.length && count <= most; at++) if (ITEM_CODES.includes(text.charCodeAt(at))) count += 1;
  return count > most;
}
