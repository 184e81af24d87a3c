import { COLON, COMMA, decodeJson, isBracket, JsonItems, JsonTracker, OPEN, QUOTE, toObject } from './bounded-json.ts';
import { invalidParameter, tooLarge } from './errors.ts';

const MAX_KEY = 1024;
/** Keys are followed so many objects deep. */
const MAX_KEYS = 3;

export interface AttachmentReader<T> {
  /** Largest size of the document without the attachments, in bytes. */
  maxBytes: number;
  /** Largest size of what is parsed: the document without attachments and left out members, in bytes. */
  maxParsed: number;
  /** The most items of what is parsed, as {@link JsonItems} counts them. */
  maxItems: number;
  /** Match the keys that lead to an attachment, the outermost first: at most three. It is a string in base64. */
  keys: readonly ((key: string) => boolean)[];
  /** Reads the decoded bytes of an attachment to their end. @param keys that lead to it. */
  take(keys: readonly string[], bytes: AsyncIterable<Uint8Array>): Promise<T>;
  /**
   * Whether a member of an object is left out: it is read, and never held. Absent: none is.
   * @param keys that lead to it, the outermost first: at most three.
   */
  leaveOut?(keys: readonly string[]): boolean;
}

/**
 * Reads a JSON object that embeds files as base64, in one pass and without holding the files in memory: each is decoded
 * on its way to `take`, and the returned object has an empty string in its place.
 * @throws PosternError `invalid` when it is no JSON object, nests too deep, has too many items or has an attachment
 * that is no base64; `too_large`.
 */
export async function readJsonWithAttachments<T>(
  body: AsyncIterable<Uint8Array>,
  { maxBytes, maxParsed, maxItems, keys, take, leaveOut = () => false }: AttachmentReader<T>,
): Promise<{ value: Record<string, unknown>; attachments: T[] }> {
  const input = new Input(body);
  const document = new Document(maxParsed, maxItems, leaveOut);
  const isAttachment = (path: readonly string[]) =>
    path.length === keys.length && keys.every((matches, at) => matches(path[at] ?? ''));
  const attachments: T[] = [];
  try {
    for (let size = 0; input.ready() || (await input.fill()); ) {
      size += 1;
      if (size > maxBytes) throw tooLarge(`larger than ${maxBytes} bytes without its files`);
      if (!document.add(input.next())) continue;
      const path = document.path();
      if (path === null || !isAttachment(path)) continue;
      attachments.push(await take(path, decodeBase64(untilQuote(input))));
      document.endString();
    }
  } catch (error) {
    input.cancel();
    throw error;
  }
  return { value: document.parse(), attachments };
}

/** Bytes of the body, one at a time or up to a quote. */
class Input {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array();
  #at = 0;

  constructor(body: AsyncIterable<Uint8Array>) {
    this.#chunks = body[Symbol.asyncIterator]();
  }

  /** The rest of the body is not read. Not awaited: the sender may be slow. */
  cancel(): void {
    this.#chunks.return?.().catch(() => {});
  }

  /** Whether the chunk has another byte. */
  ready(): boolean {
    return this.#at < this.#chunk.length;
  }

  next(): number {
    return this.#chunk[this.#at++] as number;
  }

  /** The rest of this chunk up to a quote, and whether there was one. */
  takeUntilQuote(): { part: Uint8Array; ended: boolean } {
    const quote = this.#chunk.indexOf(QUOTE, this.#at);
    const end = quote < 0 ? this.#chunk.length : quote;
    const part = this.#chunk.subarray(this.#at, end);
    this.#at = quote < 0 ? end : end + 1;
    return { part, ended: quote >= 0 };
  }

  /** Waits for the next chunk. @returns false at the end of the body. */
  async fill(): Promise<boolean> {
    for (;;) {
      const { done, value } = await this.#chunks.next();
      if (done) return false;
      if (value.length === 0) continue;
      this.#chunk = value;
      this.#at = 0;
      return true;
    }
  }
}

/** The bytes that are parsed. */
class Kept {
  readonly #max: number;
  #bytes = Buffer.allocUnsafe(4 * 1024);
  #length = 0;

  constructor(max: number) {
    this.#max = max;
  }

  add(byte: number): void {
    if (this.#length === this.#max) throw tooLarge(`larger than ${this.#max} bytes without its files`);
    if (this.#length === this.#bytes.length) {
      const larger = Buffer.allocUnsafe(2 * this.#length);
      this.#bytes.copy(larger);
      this.#bytes = larger;
    }
    this.#bytes[this.#length++] = byte;
  }

  get length(): number {
    return this.#length;
  }

  bytes(from = 0, to = this.#length): Uint8Array {
    return this.#bytes.subarray(from, to);
  }

  /** Removes the bytes from this position on. */
  cut(length: number): void {
    this.#length = length;
  }

  /** Removes a comma at the end, and the space after it. */
  cutComma(): void {
    let at = this.#length - 1;
    while (at >= 0 && isSpace(this.#bytes[at])) at -= 1;
    if (this.#bytes[at] === COMMA) this.#length = at;
  }
}

const isSpace = (byte: number | undefined) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** The document without the attachments and without the members that are left out. */
class Document {
  readonly #kept: Kept;
  readonly #items: JsonItems;
  readonly #leaveOut: (keys: readonly string[]) => boolean;
  readonly #tracker = new JsonTracker();
  /** The last key of each open object: of the outermost first. */
  readonly #keys: string[] = [];
  #expectKey = false;
  /** The position of the key that is being read, behind its quote. Null: the string is no key. */
  #keyFrom: number | null = null;
  /** The depth of the object whose member is being left out. */
  #leaving: number | null = null;

  constructor(maxParsed: number, maxItems: number, leaveOut: (keys: readonly string[]) => boolean) {
    this.#kept = new Kept(maxParsed);
    this.#items = new JsonItems(maxItems);
    this.#leaveOut = leaveOut;
  }

  /** @returns whether the byte starts a string that is a value of an object. */
  add(byte: number): boolean {
    const wasInString = this.#tracker.inString;
    const isOutside = this.#tracker.add(byte);
    if (this.#leaving !== null && !this.#isAfterMember(byte, isOutside, this.#leaving)) return false;
    this.#kept.add(byte);
    if (isOutside) return this.#outside(byte);
    if (wasInString) return this.#inside();
    this.#keyFrom = this.#expectKey ? this.#kept.length : null;
    return !this.#expectKey;
  }

  /** The keys that lead to the value that starts here; null: it is in a list, or too deep. */
  path(): string[] | null {
    const { open } = this.#tracker;
    return open.length <= MAX_KEYS && open.every((bracket) => bracket === OPEN)
      ? this.#keys.slice(0, open.length)
      : null;
  }

  /** A string ended that was not given to `add`. */
  endString(): void {
    this.#kept.add(QUOTE);
    this.#tracker.endString();
  }

  parse(): Record<string, unknown> {
    return toObject(decodeJson(this.#kept.bytes()));
  }

  #outside(byte: number): false {
    this.#items.add(byte);
    if (byte === OPEN || byte === COMMA) this.#expectKey = this.#tracker.open.at(-1) === OPEN;
    else if (byte === COLON || isBracket(byte)) this.#expectKey = false;
    return false;
  }

  #inside(): false {
    if (this.#keyFrom === null) return false;
    if (this.#kept.length - this.#keyFrom > MAX_KEY) throw invalidParameter('The body has a key that is too long');
    if (!this.#tracker.inString) this.#endKey(this.#keyFrom);
    return false;
  }

  #endKey(from: number): void {
    this.#keyFrom = null;
    const depth = this.#tracker.open.length;
    if (depth > MAX_KEYS) return;
    this.#keys[depth - 1] = parseKey(this.#kept.bytes(from, this.#kept.length - 1));
    const path = this.path();
    if (path !== null && this.#leaveOut(path)) {
      this.#kept.cut(from - 1);
      this.#leaving = depth;
    }
  }

  /**
   * Follows a member that is left out; the comma behind it, or else the one before it, is left out too.
   * @returns whether the byte is kept: it closes the object.
   */
  #isAfterMember(byte: number, isOutside: boolean, depth: number): boolean {
    const { open } = this.#tracker;
    const isClosed = open.length < depth;
    if (!isOutside || !(isClosed || (byte === COMMA && open.length === depth))) return false;
    this.#leaving = null;
    if (isClosed) this.#kept.cutComma();
    else this.#expectKey = true;
    return isClosed;
  }
}

/** @throws PosternError `invalid` for an escape that JSON does not have. */
function parseKey(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  if (!text.includes('\\')) return text;
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    throw invalidParameter('The body is not valid JSON');
  }
}

async function* untilQuote(input: Input): AsyncGenerator<Uint8Array> {
  while (input.ready() || (await input.fill())) {
    const { part, ended } = input.takeUntilQuote();
    if (part.length > 0) yield part;
    if (ended) return;
  }
  throw invalidParameter('The body ends within a file');
}

/**
 * Decodes whole groups of four letters as they come. JSON allows an escaped slash in them, and nothing else is escaped.
 */
async function* decodeBase64(parts: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held = '';
  for await (const part of parts) {
    const text = (held + latin1(part)).replaceAll('\\/', '/');
    // The escaped letter is in the next part.
    const complete = text.length - Number(text.endsWith('\\'));
    const whole = complete - (complete % 4);
    held = text.slice(whole);
    if (whole > 0) yield decode(text.slice(0, whole));
  }
  if (held !== '') yield decode(held);
}

const latin1 = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');

function decode(text: string): Uint8Array {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw invalidParameter('A file in the body is not base64');
  return Buffer.from(text, 'base64');
}
