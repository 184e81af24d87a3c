import { parsePairs } from '../http/bodies/parse-pairs.ts';
import { readBody } from '../http/bodies/read-body.ts';
import { readForm, type TakeFile } from '../http/bodies/read-form.ts';
import { noSudo } from '../http/refuse-sudo.ts';
import type { RequestContext } from '../http/route.ts';
import { parseJson, toObject } from '../lib/bounded-json.ts';
import { unsupportedMedia } from '../lib/errors.ts';
import { isRecord } from '../lib/record.ts';
import { refuseUnsupported } from './unsupported-parameters.ts';

/** No request of the API needs more; what streams is not read here. */
const MAX_BYTES = 1024 * 1024;

/**
 * The parameters of a request: of the body, JSON or a form of either kind, and of the query where the body has none of
 * that name. `scopes[]=a&scopes[]=b` is a list, as Rails reads it.
 * @throws PosternError `invalid` for a body that is not what it says, and for a parameter that is not supported;
 * `unsupported_media` for a body of another kind; `forbidden` for `sudo`.
 */
export async function readParameters(context: RequestContext<unknown>): Promise<Record<string, unknown>> {
  const { request, query, row } = context;
  const bytes = await readBody(request, MAX_BYTES);
  const inQuery = fromPairs(query);
  const parameters = bytes.length === 0 ? inQuery : { ...inQuery, ...(await parse(request.headers, bytes)) };
  if ('sudo' in parameters) throw noSudo();
  refuseUnsupported(row, parameters);
  return parameters;
}

async function parse(headers: Headers, bytes: Buffer): Promise<Record<string, unknown>> {
  const type = headers.get('content-type') ?? '';
  if (/^application\/x-www-form-urlencoded\b/i.test(type)) return fromPairs(parsePairs(bytes.toString('utf8')));
  if (/^multipart\/form-data\b/i.test(type)) return parseMultipart(headers, bytes);
  if (!/^(application\/json\b|$)/i.test(type)) throw unsupportedMedia('Send JSON or a form.');
  return toObject(parseJson(bytes));
}

/**
 * The format of `curl --form`. A file becomes a value that no parameter accepts: it is refused unless its parameter is
 * ignored.
 * @throws PosternError for a body that is no form.
 */
async function parseMultipart(headers: Headers, bytes: Buffer): Promise<Record<string, unknown>> {
  const { fields, files } = await readForm({ headers, body: new Blob([new Uint8Array(bytes)]).stream() }, nameOfFile);
  const pairs = [...fields].flatMap(([name, values]) => values.map((value): [string, string] => [name, value]));
  return { ...fromPairs(pairs), ...Object.fromEntries(files.map((name) => [name, A_FILE])) };
}

/** The parser passes over the bytes of a file that nothing reads. */
const nameOfFile: TakeFile<string> = async ({ field }) => field;

const A_FILE = { file: true };

/** `policy[cadence]`: an attribute of an object. */
const ATTRIBUTE = /^(\w+)\[(\w+)\]$/;

/**
 * A query or a form as an object: `scopes[]=a&scopes[]=b` is a list, and `policy[cadence]=1d` an object with one
 * attribute, as Rails reads it.
 */
export function fromPairs(pairs: Iterable<[string, string]>): Record<string, unknown> {
  const out: Record<string, unknown> = Object.create(null);
  for (const [key, value] of pairs) {
    const attribute = ATTRIBUTE.exec(key);
    if (attribute) {
      objectIn(out, attribute[1] as string)[attribute[2] as string] = value;
      continue;
    }
    if (!key.endsWith('[]')) {
      out[key] = value;
      continue;
    }
    const name = key.slice(0, -2);
    const list = out[name];
    if (Array.isArray(list)) list.push(value);
    else out[name] = [value];
  }
  return out;
}

/** The object under a key, made when it is missing; an object without a prototype, as keys are a client's. */
function objectIn(out: Record<string, unknown>, key: string): Record<string, unknown> {
  const found = out[key];
  if (isRecord(found)) return found;
  const made: Record<string, unknown> = Object.create(null);
  out[key] = made;
  return made;
}
