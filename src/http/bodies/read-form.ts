import { invalidParameter } from '../../lib/errors.ts';
import { type Part, parseMultipart, readBoundary } from '../../lib/multipart.ts';
import { MAX_FIELDS, tooManyFields } from './parse-pairs.ts';

/** Names and values of all fields of a form together. */
const MAX_FIELD_BYTES = 4 * 1024 * 1024;
const MAX_FILES = 8;

export interface FormFile {
  /** The name of the field. */
  field: string;
  /** As the client sent it: it may hold a path. Empty when the part has no file name. */
  name: string;
}

/** Reads the bytes of a file, or throws. */
export type TakeFile<T> = (file: FormFile, bytes: AsyncIterable<Uint8Array>) => Promise<T>;

/**
 * Reads a `multipart/form-data` body, RFC 7578. Fields are kept, up to 4 MiB of them. Files are streamed to `take`, one
 * after the other: a slow `take` holds the sender back.
 * @returns the values of each field, and the results of `take`.
 * @throws PosternError `invalid` for a body that is no such form, is over a bound or has no end; and what `take`
 * throws.
 */
export async function readForm<T>(
  request: Pick<Request, 'headers'> & { body: AsyncIterable<Uint8Array> | null },
  take: TakeFile<T>,
): Promise<{ fields: Map<string, string[]>; files: T[] }> {
  if (!request.body) throw invalidParameter('The body is empty');
  const boundary = readBoundary(request.headers.get('content-type') ?? '');
  if (boundary === null) throw invalidParameter('The body must be a form: multipart/form-data');
  const fields = createFields();
  const files: T[] = [];
  for await (const part of parseMultipart(request.body, boundary)) {
    if (!isFile(part)) {
      await fields.add(part);
      continue;
    }
    if (files.length === MAX_FILES) throw invalidParameter(`The form has more than ${MAX_FILES} files`);
    files.push(await take({ field: part.name, name: part.fileName ?? '' }, part.bytes));
  }
  return { fields: fields.values, files };
}

const isFile = ({ fileName, contentType }: Part) => fileName !== null || contentType === 'application/octet-stream';

function createFields() {
  const values = new Map<string, string[]>();
  let count = 0;
  let left = MAX_FIELD_BYTES;
  const spend = (bytes: number) => {
    left -= bytes;
    if (left < 0) throw invalidParameter(`The form has more than ${MAX_FIELD_BYTES} bytes in its fields`);
  };
  return {
    values,
    async add({ name, charset, bytes }: Part) {
      count += 1;
      if (count > MAX_FIELDS) throw tooManyFields();
      spend(Buffer.byteLength(name));
      const chunks: Uint8Array[] = [];
      for await (const chunk of bytes) {
        spend(chunk.byteLength);
        chunks.push(chunk);
      }
      const value = decode(Buffer.concat(chunks), charset);
      const before = values.get(name);
      if (before) before.push(value);
      else values.set(name, [value]);
    },
  };
}

const ENCODINGS = {
  'utf-8': 'utf-8',
  utf8: 'utf-8',
  'us-ascii': 'utf-8',
  'iso-8859-1': 'windows-1252',
  'windows-1252': 'windows-1252',
} as const;

function decode(bytes: Uint8Array, charset: string): string {
  const encoding = Object.entries(ENCODINGS).find(([name]) => name === charset.toLowerCase())?.[1];
  if (!encoding) throw invalidParameter('The form has a field in an unknown character encoding');
  return new TextDecoder(encoding).decode(bytes);
}
