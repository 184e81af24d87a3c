import { invalidParameter } from './errors.ts';

/** All headers of one part. */
const MAX_HEADER_BYTES = 16 * 1024;
/** All bytes that are passed over: before the first part, after the end, and of parts that nobody reads. */
const MAX_SKIPPED_BYTES = 1024 * 1024;
/** Spaces and tabs after a boundary: gateways may add them, RFC 2046 section 5.1.1. */
const MAX_PADDING = 256;

/** A part of a form. `bytes` are read before the next part is asked for; what is left of them is then passed over. */
export interface Part {
  /** The name of its field. */
  name: string;
  /** As the client sent it: it may hold a path. Null for a part without one. */
  fileName: string | null;
  contentType: string;
  /** The character encoding that its type names: `utf-8` unless it names another. */
  charset: string;
  bytes: AsyncIterable<Uint8Array>;
}

/**
 * Parses `multipart/form-data`, RFC 7578 and RFC 2046 section 5.1, while it arrives: the body is read no further than
 * its parts are. A part that is not form data is passed over, and so is what comes before the first part and after the
 * end: up to 1 MiB together. The body is cancelled when it is not read to its end.
 * @param boundary as {@link readBoundary} returns it.
 * @throws PosternError `invalid` for a body that is no such form, has no end or exceeds a limit; and what `body`
 * throws.
 */
export async function* parseMultipart(
  body: AsyncIterable<Uint8Array>,
  boundary: string,
): AsyncGenerator<Part, void, undefined> {
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  const chunks = body[Symbol.asyncIterator]();
  const scanner = createScanner(chunks);
  let left = MAX_SKIPPED_BYTES;
  const spend = (count: number) => {
    left -= count;
    if (left < 0) throw invalidParameter('The form has more than 1 MiB outside its fields and files');
  };
  const skip = async (bytes: AsyncIterable<Uint8Array>) => {
    for await (const { byteLength } of bytes) spend(byteLength);
  };
  let isWhole = false;
  try {
    await skip(scanner.until(delimiter));
    while (!(await isEnd(scanner))) {
      const { headers, size } = await readHeaders(scanner);
      const part = describePart(headers);
      const content = scanner.until(delimiter);
      // No `return`: the bytes that a reader leaves are skipped here.
      const bytes = { [Symbol.asyncIterator]: () => ({ next: () => content.next() }) };
      if (part) yield { ...part, bytes };
      else spend(size + delimiter.byteLength);
      await skip(content);
    }
    await skip(scanner.rest());
    isWhole = true;
  } finally {
    // Not awaited: the sender may be slow.
    if (!isWhole) void chunks.return?.().catch(() => {});
  }
}

/**
 * Reads the boundary from a `Content-Type` header.
 * @returns null when the type is not `multipart/form-data`, or has no boundary as RFC 2046 section 5.1.1 allows it.
 */
export function readBoundary(contentType: string): string | null {
  const type = parseHeader(contentType);
  const boundary = type?.parameters.get('boundary');
  if (type?.value !== 'multipart/form-data' || boundary === undefined) return null;
  return /^[\w'()+,./:=? -]{0,69}[\w'()+,./:=?-]$/.test(boundary) ? boundary : null;
}

type Scanner = ReturnType<typeof createScanner>;

function createScanner(chunks: AsyncIterator<Uint8Array, unknown, undefined>) {
  // The first delimiter of a form has no line before it.
  let held: Buffer = Buffer.from('\r\n');
  const more = async () => {
    const next = await chunks.next();
    if (next.done) throw notWhole();
    const { value } = next;
    const chunk = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    held = held.byteLength === 0 ? chunk : Buffer.concat([held, chunk]);
  };
  const drop = (length: number) => {
    const dropped = held.subarray(0, length);
    held = held.subarray(length);
    return dropped;
  };
  return {
    /** The next bytes, exactly so many. */
    async take(length: number): Promise<Buffer> {
      while (held.byteLength < length) await more();
      return drop(length);
    },
    /** The bytes before `mark`, which is passed over. @returns null when there are more than `most`. */
    async before(mark: Buffer, most: number): Promise<Buffer | null> {
      for (let from = 0; ; ) {
        const found = held.indexOf(mark, from);
        if (found > most || (found < 0 && held.byteLength > most + mark.byteLength)) return null;
        if (found >= 0) return drop(found + mark.byteLength).subarray(0, found);
        from = Math.max(0, held.byteLength - mark.byteLength + 1);
        await more();
      }
    },
    /** The bytes before `delimiter` as they come; the delimiter is passed over. It starts with CR, and has no other. */
    async *until(delimiter: Buffer): AsyncGenerator<Buffer, void, undefined> {
      for (;;) {
        const found = held.indexOf(delimiter);
        // A delimiter may have begun in the last bytes.
        const begun = held.indexOf('\r', Math.max(0, held.byteLength - delimiter.byteLength + 1));
        const end = found >= 0 ? found : begun >= 0 ? begun : held.byteLength;
        if (end > 0) yield drop(end);
        if (found >= 0) return void drop(delimiter.byteLength);
        await more();
      }
    },
    /** All bytes to the end of the body. */
    async *rest(): AsyncGenerator<Uint8Array, void, undefined> {
      yield drop(held.byteLength);
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
    },
  };
}

const CRLF = Buffer.from('\r\n');

/** Reads what follows the boundary of a delimiter: padding and a line break, or `--` at the end of the form. */
async function isEnd(scanner: Scanner): Promise<boolean> {
  const next = async (length: number) => (await scanner.take(length)).toString('latin1');
  let rest = await next(2);
  if (rest === '--') return true;
  for (let padding = 0; padding < MAX_PADDING && /^[ \t]/.test(rest); padding++) rest = rest.slice(1) + (await next(1));
  if (rest !== '\r\n') throw malformed('boundary');
  return false;
}

/** @returns also the size of their lines, in bytes. */
async function readHeaders(scanner: Scanner): Promise<{ headers: Map<string, string>; size: number }> {
  const headers = new Map<string, string>();
  for (let left = MAX_HEADER_BYTES; ; ) {
    const line = await scanner.before(CRLF, left);
    if (line === null) throw invalidParameter('The form has a part with more than 16 KiB of headers');
    if (line.byteLength === 0) return { headers, size: MAX_HEADER_BYTES - left };
    left -= line.byteLength;
    const [, name, value = ''] = HEADER.exec(line.toString('utf8')) ?? [];
    if (name === undefined || headers.has(name.toLowerCase())) throw malformed('header');
    headers.set(name.toLowerCase(), value);
  }
}

const HEADER = /^([\w!#$%&'*+.^`|~-]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)$/;

/** @returns null for a part that is not form data. */
function describePart(headers: ReadonlyMap<string, string>): Omit<Part, 'bytes'> | null {
  const text = headers.get('content-disposition');
  if (text === undefined) return null;
  const disposition = parseHeader(text);
  if (!disposition) throw malformed('Content-Disposition');
  if (disposition.value !== 'form-data') return null;
  const { parameters } = disposition;
  const name = parameters.get('name');
  if (name === undefined) throw invalidParameter('The form has a field without a name');
  const type = parseHeader(headers.get('content-type') ?? '');
  return {
    name,
    fileName: decodeExtended(parameters.get('filename*')) ?? parameters.get('filename') ?? null,
    contentType: type?.value ?? '',
    charset: type?.parameters.get('charset') ?? 'utf-8',
  };
}

/** A value as RFC 8187 writes it, `UTF-8''na%C3%AFve.txt`: older clients send file names so. */
function decodeExtended(text: string | undefined): string | null {
  const encoded = /^utf-8'[^']*'(.*)$/i.exec(text ?? '')?.[1];
  if (encoded === undefined) return null;
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw malformed('file name');
  }
}

const PARAMETER = /[ \t]*;[ \t]*([\w!#$%&'*+.^`|~-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s";]+))/y;

/** A header of a value and parameters. @returns null when it is malformed. */
function parseHeader(text: string): { value: string; parameters: Map<string, string> } | null {
  const parameters = new Map<string, string>();
  const end = text.indexOf(';');
  const value = (end < 0 ? text : text.slice(0, end)).trim().toLowerCase();
  for (let position = end < 0 ? text.length : end; position < text.length; position = PARAMETER.lastIndex) {
    PARAMETER.lastIndex = position;
    const found = PARAMETER.exec(text);
    if (!found) return text.slice(position).trim() === '' ? { value, parameters } : null;
    const [, name = '', quoted, token = ''] = found;
    // Only a quote and a backslash are escaped: some clients send Windows paths as they are.
    parameters.set(name.toLowerCase(), quoted?.replace(/\\(["\\])/g, '$1') ?? token);
  }
  return { value, parameters };
}

const notWhole = () => invalidParameter('The body is not a whole form');
const malformed = (item: string) => invalidParameter(`The form has a part with a malformed ${item}`);
