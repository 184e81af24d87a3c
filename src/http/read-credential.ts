import { basicCredential, type Credential, classify, malformed, NONE } from '../gate/credentials.ts';

const SECRETS_IN_ADDRESSES = ['private_token', 'access_token', 'job_token', 'deploy_token'];
const IN_ADDRESS =
  'Tokens in URLs end up in logs and are not accepted: send the token in a header such as PRIVATE-TOKEN. If this token is real, revoke it and create a new one.';
const DIFFERENT = 'The request has several credentials in one header, and they are different. Send one.';
/** A pipeline whose variable is not set, or not for this branch, sends the scheme alone. */
const EMPTY = 'The Authorization header has no value after its scheme: the variable for the token may be empty.';

/**
 * Reads the credential of a request. Pure. A secret in the address is refused and not looked up: the logs of every
 * proxy on the way hold it by then, and its sender should learn of that.
 * RFC 9110 section 11.6.2, RFC 7617 (Basic, UTF-8), RFC 6750 section 2.1 (Bearer), and GitLab's two headers of its own.
 */
export function readCredential(headers: Headers, query: URLSearchParams): Credential {
  if (query.size > 0 && SECRETS_IN_ADDRESSES.some((name) => query.has(name))) return malformed(IN_ADDRESS);
  const privateToken = headers.get('private-token');
  if (privateToken) return readOne(privateToken, (token) => classify('private-token', token));
  const deployToken = headers.get('deploy-token');
  if (deployToken) return readOne(deployToken, (token) => classify('deploy-token', token));
  if (headers.has('job-token')) return { kind: 'jobToken' };
  const authorization = headers.get('authorization');
  return authorization ? readOne(authorization, readAuthorization) : NONE;
}

/**
 * Reads a header that may have been sent several times, which the HTTP server joins by commas. Git LFS sends the header
 * of `http.extraHeader` beside its own: equal values are one.
 */
function readOne(value: string, read: (value: string) => Credential): Credential {
  if (!value.includes(',')) return read(value.trim());
  const values = new Set(value.split(',').map((one) => one.trim()));
  const [first = ''] = values;
  if (values.size === 1) return read(first);
  const credential = read(value);
  return credential.kind === 'malformed' && [...values].every((one) => read(one).kind !== 'malformed')
    ? malformed(DIFFERENT)
    : credential;
}

function readAuthorization(value: string): Credential {
  const text = value.trim();
  const scheme = /^[A-Za-z][A-Za-z0-9_-]*(?=[ \t])/.exec(text)?.[0] ?? '';
  const rest = text.slice(scheme.length).trimStart();
  if (scheme.toLowerCase() === 'bearer') return classify('bearer', rest);
  if (scheme.toLowerCase() === 'basic') return readBasic(rest);
  if (/^(basic|bearer)$/i.test(text)) return malformed(EMPTY);
  return malformed('The Authorization header is neither Basic nor Bearer.');
}

function readBasic(encoded: string): Credential {
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(encoded)) return malformed('The Basic credentials are not base64.');
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return malformed('The Basic credentials have no colon between user name and password.');
  if (/[\u0000-\u001f\u007f]/.test(text)) return malformed('The Basic credentials contain a control character.');
  return basicCredential(text.slice(0, colon), text.slice(colon + 1));
}
