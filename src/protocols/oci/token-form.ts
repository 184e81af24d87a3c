import { readBody } from '../../http/read-body.ts';
import type { Room } from '../../http/route.ts';

const MAX_FORM_BYTES = 64 * 1024;

/** A request's form is read twice: for who asks, and for what they want. */
const forms = new WeakMap<Request, Promise<URLSearchParams>>();

export function readForm(request: Request): Promise<URLSearchParams> {
  const read =
    forms.get(request) ??
    readBody(request, MAX_FORM_BYTES).then((bytes) => new URLSearchParams(bytes.toString('utf8')));
  forms.set(request, read);
  return read;
}

/** The password grant of RFC 6749 section 4.3 has user name and password in its form. */
export const credentialOfForm: NonNullable<Room['credentialOf']> = async (request) => {
  if (request.method !== 'POST') return null;
  const form = await readForm(request);
  const [username, password] = [form.get('username') ?? '', form.get('password') ?? ''];
  return username === '' && password === '' ? null : { form: 'basic', username, password };
};
