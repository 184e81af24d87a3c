import { parsePairs } from './parse-pairs.ts';
import { readBody } from './read-body.ts';

const MAX_FORM_BYTES = 64 * 1024;

/** A request's form may be read twice: for its credential, and for its parameters. */
const forms = new WeakMap<Request, Promise<URLSearchParams>>();

/**
 * The fields of a form of `application/x-www-form-urlencoded`.
 * @throws PosternError `too_large` over 64 KiB, `invalid` for too many fields.
 */
export function readFields(request: Request): Promise<URLSearchParams> {
  const read =
    forms.get(request) ?? readBody(request, MAX_FORM_BYTES).then((bytes) => parsePairs(bytes.toString('utf8')));
  forms.set(request, read);
  return read;
}
