import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { BusboyInstance } from '@fastify/busboy';
import { invalidParameter } from '../../lib/errors.ts';
import { watchForm } from './form-watch.ts';

/** All fields of a form together, names and values. */
const MAX_FIELD_BYTES = 4 * 1024 * 1024;
const MAX_FIELDS = 5000;
const MAX_FILES = 8;

export interface FormFile {
  /** The name of the field. */
  field: string;
  /** As it was sent: not to be trusted to be a name alone. */
  name: string;
}

/** Takes the bytes of a file, to the end. */
export type TakeFile<T> = (file: FormFile, bytes: AsyncIterable<Uint8Array>) => Promise<T>;

/**
 * Reads a form as clients upload files with it, `multipart/form-data`, RFC 7578. Its fields are kept, up to 4 MiB of
 * them; its files go to `take` as they come, one after the other, and never lie in memory.
 * @returns the values of each field, and what `take` made of the files.
 * @throws PosternError `invalid` when it is no such form, or not a whole one; and what `take` throws.
 */
export async function readForm<T>(
  request: Request,
  take: TakeFile<T>,
): Promise<{ fields: Map<string, string[]>; files: T[] }> {
  if (!request.body) throw invalidParameter('The body is empty');
  const parser = await openParser(request);
  const fields = collectFields(parser);
  using watch = watchForm();
  const [streams, files]: [Readable[], Promise<T>[]] = [[], []];
  // It tells of one error several times, also when nobody waits for it any more: unheard, that would end the process.
  parser.on('error', () => {});
  parser.on('file', (field: string | undefined = '', stream, name: string | undefined = '') => {
    stream.on('error', () => {});
    const taken = take({ field, name }, watch.file(stream));
    taken.catch((error: Error) => parser.destroy(error));
    streams.push(stream);
    files.push(taken);
  });
  const source = Readable.fromWeb(request.body as Parameters<typeof Readable.fromWeb>[0]);
  let cut: Error | undefined;
  source.once('error', (error) => {
    cut ??= error;
  });
  try {
    await Promise.race([pipeline(source, watch.body, parser), watch.stands]);
  } catch (error) {
    const cause = cut ?? error;
    for (const stream of [source, ...streams]) stream.destroy(cause as Error);
    await Promise.allSettled(files);
    if (cut !== undefined || (error instanceof Error && error.name === 'PosternError')) throw cause;
    throw invalidParameter('The body is not a whole form');
  }
  return { fields, files: await Promise.all(files) };
}

async function openParser({ headers }: Request): Promise<BusboyInstance> {
  const { Busboy } = await import('@fastify/busboy');
  const type = headers.get('content-type') ?? '';
  try {
    if (!/^multipart\/form-data\s*;/i.test(type)) throw new TypeError('another type');
    return new Busboy({
      headers: { 'content-type': type },
      limits: { fields: MAX_FIELDS, fieldSize: MAX_FIELD_BYTES, files: MAX_FILES, headerSize: 8 * 1024 },
      preservePath: true,
    });
  } catch {
    throw invalidParameter('The body must be a form: multipart/form-data');
  }
}

function collectFields(parser: BusboyInstance): Map<string, string[]> {
  const fields = new Map<string, string[]>();
  let bytes = 0;
  const refuse = (what: string) => parser.destroy(invalidParameter(`The form has too many ${what}`));
  // The declarations call it a string. An error that is thrown here, where the parser tells of it, is nobody's: there
  // would be no answer.
  parser.on('field', (name: string | undefined, value, _, truncated) => {
    if (name === undefined) {
      parser.destroy(invalidParameter('The form has a field without a name'));
      return;
    }
    bytes += name.length + value.length;
    if (truncated || bytes > MAX_FIELD_BYTES) refuse(`bytes besides its files: ${MAX_FIELD_BYTES} are taken`);
    const before = fields.get(name);
    if (before) before.push(value);
    else fields.set(name, [value]);
  });
  parser.on('fieldsLimit', () => refuse('fields'));
  parser.on('filesLimit', () => refuse('files'));
  return fields;
}
