import { readFields } from '../../http/read-fields.ts';
import type { Room } from '../../http/route.ts';

/** The password grant of RFC 6749 section 4.3 has user name and password in its form. */
export const credentialOfForm: NonNullable<Room['credentialOf']> = async (request) => {
  if (request.method !== 'POST') return null;
  const form = await readFields(request);
  const [username, password] = [form.get('username') ?? '', form.get('password') ?? ''];
  return username === '' && password === '' ? null : { form: 'basic', username, password };
};
