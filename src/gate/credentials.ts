/** What a request presents, before anyone has looked whether it is good for anything. */
export type Credential =
  | { form: 'none' }
  | { form: 'basic'; username: string; password: string }
  | { form: 'bearer'; token: string }
  | { form: 'private-token'; token: string }
  | { form: 'deploy-token'; token: string }
  /** A password typed into a form: never looked up as a token. */
  | { form: 'password'; username: string; password: string }
  /** The cookie of someone who signed in at the pages. */
  | { form: 'session'; secret: string }
  | { form: 'malformed'; why: string };

const SECRETS_IN_ADDRESSES = ['private_token', 'access_token', 'job_token', 'deploy_token'];
const IN_ADDRESS =
  'A token in the address ends up in logs, so it is not taken from there: send it in a header, such as PRIVATE-TOKEN. Replace this one if it was real.';
/** A pipeline whose variable is not set, or not for this branch, sends the scheme alone. */
const EMPTY =
  'The Authorization header has nothing behind its scheme: the variable that the token comes from may be empty.';

/**
 * Reads the credential of a request. Pure. One in the address is refused and not looked at: it is in the logs of every
 * proxy on the way by then, and whoever sent it should learn of that.
 * RFC 9110 section 11.6.2, RFC 7617 (Basic, UTF-8), RFC 6750 section 2.1 (Bearer), and GitLab's two headers of its own.
 */
export function readCredential(headers: Headers, query: URLSearchParams): Credential {
  if (query.size > 0 && SECRETS_IN_ADDRESSES.some((name) => query.has(name)))
    return { form: 'malformed', why: IN_ADDRESS };
  const privateToken = headers.get('private-token');
  if (privateToken) return { form: 'private-token', token: privateToken };
  const deployToken = headers.get('deploy-token');
  if (deployToken) return { form: 'deploy-token', token: deployToken };
  if (headers.has('job-token'))
    return { form: 'malformed', why: 'This server runs no CI jobs, so there are no job tokens.' };
  const authorization = headers.get('authorization');
  return authorization ? readAuthorization(authorization) : { form: 'none' };
}

function readAuthorization(value: string): Credential {
  const text = value.trim();
  const scheme = /^[A-Za-z][A-Za-z0-9_-]*(?=[ \t])/.exec(text)?.[0] ?? '';
  const rest = text.slice(scheme.length).trimStart();
  if (scheme.toLowerCase() === 'bearer') return { form: 'bearer', token: rest };
  if (scheme.toLowerCase() === 'basic') return readBasic(rest);
  if (/^(basic|bearer)$/i.test(text)) return { form: 'malformed', why: EMPTY };
  return { form: 'malformed', why: 'The Authorization header is neither Basic nor Bearer.' };
}

function readBasic(encoded: string): Credential {
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(encoded))
    return { form: 'malformed', why: 'The Basic credentials are not base64.' };
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0)
    return { form: 'malformed', why: 'The Basic credentials have no colon between user name and password.' };
  if (/[\u0000-\u001f\u007f]/.test(text))
    return { form: 'malformed', why: 'The Basic credentials have a control character in them.' };
  const username = text.slice(0, colon);
  const password = text.slice(colon + 1);
  // An empty pair is what clients send that were told to send something: it names nobody.
  if (username === '' && password === '') return { form: 'none' };
  return { form: 'basic', username, password };
}
