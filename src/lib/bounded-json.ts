import { invalidParameter } from './errors.ts';
import { isRecord } from './record.ts';

/** The parser of the runtime is recursive. */
const MAX_DEPTH = 64;
/** The most items of a small document, such as the body of an API request. */
const SMALL_ITEMS = 10_000;

export const QUOTE = 0x22;
const BACKSLASH = 0x5c;
export const OPEN = 0x7b;
const CLOSE = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
export const COMMA = 0x2c;
export const COLON = 0x3a;

export const isBracket = (byte: number) => byte === OPEN || byte === CLOSE || byte === OPEN_LIST || byte === CLOSE_LIST;

/** The objects and lists that are open at a position in JSON. It is given the bytes one after the other. */
export class JsonTracker {
  #inString = false;
  #escaped = false;
  /** The opening brackets, the outermost first. */
  readonly open: number[] = [];

  get inString(): boolean {
    return this.#inString;
  }

  /**
   * @returns whether the byte is outside of strings; a quote belongs to its string.
   * @throws PosternError `invalid` when the document nests too deep.
   */
  add(byte: number): boolean {
    if (this.#inString) {
      if (byte === QUOTE && !this.#escaped) this.#inString = false;
      this.#escaped = byte === BACKSLASH && !this.#escaped;
      return false;
    }
    if (byte === QUOTE) {
      this.#inString = true;
      return false;
    }
    if (byte === OPEN || byte === OPEN_LIST) {
      if (this.open.push(byte) > MAX_DEPTH) throw invalidParameter('The body nests too deep');
    } else if (byte === CLOSE || byte === CLOSE_LIST) {
      this.open.pop();
    }
    return true;
  }

  /** The string, which was not given to the tracker, has ended. */
  endString(): void {
    this.#inString = false;
  }
}

/**
 * Counts the items of JSON: objects, lists, keys, and values after the first of an object or list. Parsing costs time
 * and memory by the item: 4 MiB may be one text, or two million lists.
 */
export class JsonItems {
  readonly #most: number;
  count = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** @param byte outside of strings. @throws PosternError `invalid` when there are too many items. */
  add(byte: number): void {
    if (byte !== COMMA && byte !== COLON && byte !== OPEN && byte !== OPEN_LIST) return;
    this.count += 1;
    if (this.count > this.#most) throw invalidParameter(`The body has more than ${this.#most} values and keys`);
  }
}

export interface JsonOptions {
  /** The most items, as {@link JsonItems} counts them. */
  maxItems?: number;
  /** Whether bytes that are not UTF-8 are refused, and not replaced. */
  fatal?: boolean;
}

/**
 * Parses JSON from an untrusted source. Its items and its depth are counted before; the caller bounds its size.
 * @throws PosternError `invalid` when it is not JSON, has too many items or nests too deep.
 */
export function parseJson(bytes: Uint8Array, { maxItems = SMALL_ITEMS, fatal = false }: JsonOptions = {}): unknown {
  const tracker = new JsonTracker();
  const items = new JsonItems(maxItems);
  for (const byte of bytes) if (tracker.add(byte)) items.add(byte);
  return decodeJson(bytes, fatal);
}

/** Parses JSON whose items were counted. @throws PosternError `invalid` when it is not JSON. */
export function decodeJson(bytes: Uint8Array, fatal = false): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal }).decode(bytes));
  } catch {
    throw invalidParameter('The body is not valid JSON');
  }
}

/** @throws PosternError `invalid` when the value is not a JSON object. */
export function toObject(value: unknown): Record<string, unknown> {
  if (!isRecord(value)) throw invalidParameter('The body must be a JSON object');
  return value;
}
