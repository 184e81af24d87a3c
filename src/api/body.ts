import { readBody } from '../http/bodies/read-body.ts';
import type { RequestContext } from '../http/route.ts';
import { invalidParameter, PosternError } from '../lib/errors.ts';

/** No request of the API needs more; what streams is not read here. */
const MAX_BYTES = 1024 * 1024;

/**
 * The parameters of a request: of the body, JSON or a form of either kind, and of the query where the body has none of
 * that name. `scopes[]=a&scopes[]=b` is a list, as Rails reads it.
 * @throws PosternError `invalid` for a body that is not what it says, `unsupported_media` for one of another kind.
 */
export async function readParameters(context: RequestContext<unknown>): Promise<Record<string, unknown>> {
  const { request, query } = context;
  const bytes = await readBody(request, MAX_BYTES);
  const parameters = fromPairs(query);
  if (bytes.length === 0) return parameters;
  return { ...parameters, ...(await parse(request.headers.get('content-type') ?? '', bytes)) };
}

async function parse(type: string, bytes: Buffer): Promise<Record<string, unknown>> {
  const text = bytes.toString('utf8');
  if (/^application\/x-www-form-urlencoded\b/i.test(type)) return fromPairs(new URLSearchParams(text));
  if (/^multipart\/form-data\b/i.test(type)) return parseMultipart(type, bytes);
  if (!/^(application\/json\b|$)/i.test(type)) throw new PosternError('unsupported_media', 'Send JSON or a form.');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalidParameter('The body is not valid JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalidParameter('The body must be a JSON object');
  return value as Record<string, unknown>;
}

/** The format of `curl --form`. Files are left out: no parameter is one. @throws PosternError for what is none. */
async function parseMultipart(type: string, bytes: Buffer): Promise<Record<string, unknown>> {
  const pairs: [string, string][] = [];
  try {
    for (const [name, value] of await new Response(bytes, { headers: { 'Content-Type': type } }).formData())
      if (typeof value === 'string') pairs.push([name, value]);
  } catch {
    throw invalidParameter('The body is not a valid form');
  }
  return fromPairs(pairs);
}

/** A query or a form as an object: `scopes[]=a&scopes[]=b` is a list. */
export function fromPairs(pairs: Iterable<[string, string]>): Record<string, unknown> {
  const out: Record<string, unknown> = Object.create(null);
  for (const [key, value] of pairs) {
    if (!key.endsWith('[]')) out[key] = value;
    else {
      const name = key.slice(0, -2);
      const list = Array.isArray(out[name]) ? (out[name] as unknown[]) : [];
      out[name] = [...list, value];
    }
  }
  return out;
}
