import { readFields } from '../../http/bodies/read-fields.ts';
import { basicCredential, type Protocol } from '../../http/route.ts';

/** The password grant of RFC 6749 section 4.3 has user name and password in its form. */
export const credentialOfForm: NonNullable<Protocol['credentialOf']> = async (request) => {
  if (request.method !== 'POST') return null;
  const form = await readFields(request);
  const username = form.get('username') ?? '';
  const password = form.get('password') ?? '';
  return username === '' && password === '' ? null : basicCredential(username, password);
};
