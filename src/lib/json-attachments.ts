import { invalidParameter, tooLarge } from './errors.ts';

/** How deep what is read may nest: what is parsed afterwards is parsed by a recursive parser. */
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
  /** The most bytes of everything but the attachments, also of what is not held. */
  maxBytes: number;
  /**
   * What the keys must be that lead to an attachment, from the outermost on: a string in base64 that is not to be held
   * in memory.
   */
  keys: readonly ((key: string) => boolean)[];
  /** Takes the decoded bytes of one, to the end. */
  take(keys: readonly string[], bytes: AsyncIterable<Uint8Array>): Promise<T>;
  /** Of many objects or lists not all need be held. */
  parts?: {
    /** The key, in the outermost object, of what holds them. */
    under: string;
    /** @returns what stands in the place of one that has just been read; undefined: it stays as it is. */
    reduce(part: unknown): unknown;
  };
}

/**
 * Reads a JSON object in which files are embedded as base64, in one pass and without holding the files: each is decoded
 * on its way to `take`, and an empty string stands in its place in what is returned. Nor are all parts held at once
 * that are made smaller.
 * @throws PosternError `invalid` when it is no JSON object, nests too deep or holds what is not base64; `too_large`.
 */
export async function readJsonWithAttachments<T>(
  body: AsyncIterable<Uint8Array>,
  reader: AttachmentReader<T>,
): Promise<{ value: Record<string, unknown>; attachments: T[] }> {
  const input = new Input(body);
  const rest = new Rest(reader.maxBytes);
  const position = new Position(rest, reader);
  const attachments: T[] = [];
  let partFrom = 0;
  while (input.ready() || (await input.fill())) {
    const byte = input.next();
    rest.add(byte);
    const step = position.step(byte);
    if (step === null) continue;
    if (step === 'part') partFrom = rest.length - 1;
    if (step === 'part end') rest.reduce(partFrom, (part) => reader.parts?.reduce(part));
    if (step !== 'attachment') continue;
    attachments.push(await reader.take([...position.path], decodeBase64(untilQuote(input))));
    rest.add(QUOTE);
    position.endString();
  }
  return { value: rest.parse(), attachments };
}

/** Bytes as they come, one at a time or as far as a quote. */
class Input {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array();
  #at = 0;

  constructor(body: AsyncIterable<Uint8Array>) {
    this.#chunks = body[Symbol.asyncIterator]();
  }

  /** Whether there is a byte without waiting. */
  ready(): boolean {
    return this.#at < this.#chunk.length;
  }

  next(): number {
    return this.#chunk[this.#at++] as number;
  }

  /** What is left of this chunk up to a quote, and whether the quote came. */
  takeUntilQuote(): { part: Uint8Array; ended: boolean } {
    const quote = this.#chunk.indexOf(QUOTE, this.#at);
    const end = quote < 0 ? this.#chunk.length : quote;
    const part = this.#chunk.subarray(this.#at, end);
    this.#at = quote < 0 ? end : end + 1;
    return { part, ended: quote >= 0 };
  }

  /** Waits for more. False: there is none. */
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

/** Everything but the attachments, and what parts were made of. */
class Rest {
  readonly #max: number;
  #bytes = Buffer.allocUnsafe(4 * 1024);
  #length = 0;
  #seen = 0;

  constructor(max: number) {
    this.#max = max;
  }

  add(byte: number): void {
    if (++this.#seen > this.#max) throw tooLarge(`larger than ${this.#max} bytes without its files`);
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

  /** What was added from one byte up to another. */
  text(from: number, to: number): string {
    return this.#bytes.toString('utf8', from, to);
  }

  /** Puts in the place of the value that begins there what is made of it, unless that is longer. */
  reduce(from: number, make: (value: unknown) => unknown): void {
    const made = make(this.#parseFrom(from));
    if (made === undefined) return;
    const text = Buffer.from(JSON.stringify(made));
    if (text.length > this.#length - from) return;
    this.#bytes.set(text, from);
    this.#length = from + text.length;
  }

  #parseFrom(from: number): unknown {
    try {
      return JSON.parse(this.text(from, this.#length));
    } catch {
      throw invalidParameter('The body is not valid JSON');
    }
  }

  parse(): Record<string, unknown> {
    const value = this.#parseFrom(0);
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw invalidParameter('The body must be a JSON object');
    return value as Record<string, unknown>;
  }
}

/**
 * Where in the JSON we are: how deep, whether in a string, and how many of the keys that lead to an attachment we are
 * under.
 */
class Position {
  readonly #rest: Rest;
  readonly #wanted: AttachmentReader<unknown>['keys'];
  readonly #partsUnder: string | undefined;
  readonly #open: number[] = [];
  #inString = false;
  #escaped = false;
  #expectKey = false;
  #amongParts = false;
  /** Where the key that is read begins in the rest. Of most keys that is all that is looked at. */
  #keyFrom: number | null = null;
  /** The keys down to the last one that was read, as far as they are those that are wanted. */
  readonly path: string[] = [];

  constructor(rest: Rest, { keys, parts }: Pick<AttachmentReader<unknown>, 'keys' | 'parts'>) {
    this.#rest = rest;
    this.#wanted = keys;
    this.#partsUnder = parts?.under;
  }

  /**
   * @param byte the last one of the rest. @returns whether an attachment begins behind it, or a part begins or ends
   * with it.
   */
  step(byte: number): 'attachment' | 'part' | 'part end' | null {
    if (this.#inString) {
      this.#inside(byte);
      return null;
    }
    if (byte === QUOTE) {
      this.#inString = true;
      this.#keyFrom = this.#expectKey ? this.#rest.length : null;
      const isWanted = this.path.length === this.#wanted.length && this.#open.length === this.path.length;
      return !this.#expectKey && isWanted ? 'attachment' : null;
    }
    const before = this.#open.length;
    if (byte === OPEN || byte === OPEN_LIST) {
      if (this.#open.push(byte) > MAX_DEPTH) throw invalidParameter('The body nests too deep');
    } else if (byte === CLOSE || byte === CLOSE_LIST) {
      this.#open.pop();
    }
    if (byte === OPEN || byte === COMMA) this.#expectKey = this.#open.at(-1) === OPEN;
    else if (byte === COLON || before !== this.#open.length) this.#expectKey = false;
    return this.#amongParts ? partStep(before, this.#open.length) : null;
  }

  /** The string that began was read by someone else. */
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

  /** A key has ended that begins there. */
  #enter(from: number): void {
    const above = this.#open.length - 1;
    if (this.path.length > above) this.path.length = above;
    const isWanted = this.#wanted[above];
    if (this.path.length < above || isWanted === undefined) return;
    const key = keyOf(this.#rest.text(from, this.#rest.length - 1));
    if (above === 0) this.#amongParts = key === this.#partsUnder;
    if (isWanted(key)) this.path.push(key);
  }
}

/** A part lies in the third object or list from the outermost on. */
function partStep(depthBefore: number, depth: number): 'part' | 'part end' | null {
  if (depthBefore === 2 && depth === 3) return 'part';
  return depthBefore === 3 && depth === 2 ? 'part end' : null;
}

/** @param text as it is written. */
function keyOf(text: string): string {
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

/** Whole groups of four as they come; a slash may be escaped, as JSON lets it, and nothing else. */
async function* decodeBase64(parts: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held = '';
  for await (const part of parts) {
    const text = (held + latin1(part)).replaceAll('\\/', '/');
    // What a backslash at the end escapes is in the next part.
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
