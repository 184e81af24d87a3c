import { invalidParameter, tooLarge } from './errors.ts';

/** The parser of the runtime is recursive. */
const MAX_DEPTH = 64;
const MAX_KEY = 1024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;

export interface AttachmentReader<T> {
  /** Largest size of the document without the attachments, in bytes. */
  maxBytes: number;
  /** Match the keys that lead to an attachment, the outermost first. An attachment is a string in base64. */
  keys: readonly ((key: string) => boolean)[];
  /** Reads the decoded bytes of an attachment to their end. @param keys that lead to it. */
  take(keys: readonly string[], bytes: AsyncIterable<Uint8Array>): Promise<T>;
}

/**
 * Reads a JSON object that embeds files as base64, in one pass and without holding the files in memory: each is decoded
 * on its way to `take`, and the returned object has an empty string in its place.
 * @throws PosternError `invalid` when it is no JSON object, nests too deep or has an attachment that is no base64;
 * `too_large`.
 */
export async function readJsonWithAttachments<T>(
  body: AsyncIterable<Uint8Array>,
  { maxBytes, keys, take }: AttachmentReader<T>,
): Promise<{ value: Record<string, unknown>; attachments: T[] }> {
  const input = new Input(body);
  const rest = new Rest(maxBytes);
  const position = new Position(rest, keys);
  const attachments: T[] = [];
  while (input.ready() || (await input.fill())) {
    const byte = input.next();
    rest.add(byte);
    if (!position.startsAttachment(byte)) continue;
    attachments.push(await take([...position.path], decodeBase64(untilQuote(input))));
    rest.add(QUOTE);
    position.endString();
  }
  return { value: rest.parse(), attachments };
}

/** Bytes of the body, one at a time or up to a quote. */
class Input {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array();
  #at = 0;

  constructor(body: AsyncIterable<Uint8Array>) {
    this.#chunks = body[Symbol.asyncIterator]();
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

/** The document without the attachments. */
class Rest {
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

  text(from: number, to: number): string {
    return this.#bytes.toString('utf8', from, to);
  }

  parse(): Record<string, unknown> {
    const value = parseJson(this.text(0, this.#length));
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw invalidParameter('The body must be a JSON object');
    return value as Record<string, unknown>;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalidParameter('The body is not valid JSON');
  }
}

/**
 * The position in the JSON: the open objects and lists, whether it is in a string, and the wanted keys that lead to it.
 */
class Position {
  readonly #rest: Rest;
  readonly #wanted: AttachmentReader<unknown>['keys'];
  readonly #open: number[] = [];
  #inString = false;
  #escaped = false;
  #expectKey = false;
  /** Where the key that is being read starts in the rest. Null: the string is no key. */
  #keyFrom: number | null = null;
  /** The keys that lead to the last one that was read, as far as they are wanted. */
  readonly path: string[] = [];

  constructor(rest: Rest, wanted: AttachmentReader<unknown>['keys']) {
    this.#rest = rest;
    this.#wanted = wanted;
  }

  /** @param byte the last one of the rest. @returns whether an attachment starts after it. */
  startsAttachment(byte: number): boolean {
    if (this.#inString) {
      this.#inside(byte);
      return false;
    }
    if (byte === QUOTE) {
      this.#inString = true;
      this.#keyFrom = this.#expectKey ? this.#rest.length : null;
      return !this.#expectKey && this.path.length === this.#wanted.length && this.#open.length === this.path.length;
    }
    const before = this.#open.length;
    if (byte === OPEN || byte === OPEN_LIST) {
      if (this.#open.push(byte) > MAX_DEPTH) throw invalidParameter('The body nests too deep');
    } else if (byte === CLOSE || byte === CLOSE_LIST) {
      this.#open.pop();
    }
    if (byte === OPEN || byte === COMMA) this.#expectKey = this.#open.at(-1) === OPEN;
    else if (byte === COLON || before !== this.#open.length) this.#expectKey = false;
    return false;
  }

  /** Ends a string that was read by someone else: an attachment. */
  endString(): void {
    this.#inString = false;
  }

  #inside(byte: number): void {
    if (byte === QUOTE && !this.#escaped) {
      this.#inString = false;
      if (this.#keyFrom !== null) this.#enter(this.#keyFrom);
      return;
    }
    this.#escaped = byte === BACKSLASH && !this.#escaped;
    if (this.#keyFrom !== null && this.#rest.length - this.#keyFrom > MAX_KEY)
      throw invalidParameter('The body has a key that is too long');
  }

  /** The key that starts at `from` has ended. */
  #enter(from: number): void {
    const above = this.#open.length - 1;
    if (this.path.length > above) this.path.length = above;
    const isWanted = this.#wanted[above];
    if (this.path.length < above || isWanted === undefined) return;
    const key = parseJson(`"${this.#rest.text(from, this.#rest.length - 1)}"`) as string;
    if (isWanted(key)) this.path.push(key);
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
