/** What the OpenAPI document says that stands in no row. */

export const PREAMBLE = `Postern's REST API: GitLab's REST API, version 4, as far as Postern has it.

Sign in with a personal access token in the header \`PRIVATE-TOKEN\`, or as \`Authorization: Bearer\`. Deploy tokens are not for this
API: they open git, images and packages. A token in the address (\`?private_token=\`) is refused, because addresses end up in logs.

Bodies are JSON or forms. Lists come in pages; follow the \`next\` of the \`Link\` header. In errors, \`message\` or \`error\` is GitLab's
own text, and \`reason\`, where it is there, says more.`;

const text = { type: 'string' };

function error(description: string, properties: Record<string, unknown>, example: unknown) {
  return {
    description,
    content: { 'application/json': { schema: { type: 'object', properties }, example } },
  };
}

export const ERROR_RESPONSES = {
  E400: error(
    'A parameter is missing or malformed (`error`), or a rule is broken (`message`).',
    { error: text, message: text },
    { error: 'name is missing, scopes is missing' },
  ),
  E401: error(
    'No credential, or one that is wrong, expired or revoked.',
    { message: text, reason: text, error: text, error_description: text },
    { message: '401 Unauthorized' },
  ),
  E403: error(
    'Signed in, but not allowed; `reason` says what is missing.',
    { message: text, reason: text, error: text, error_description: text, scope: text },
    { message: '403 Forbidden', reason: 'Only administrators may do this.' },
  ),
  E404: error(
    'Not there, or not to be seen with this credential.',
    { message: text },
    { message: '404 Project Not Found' },
  ),
  E409: error(
    'Something else has that name, or changed meanwhile.',
    { message: text },
    { message: '409 Path has already been taken' },
  ),
  E429: error(
    'Too many failed sign-ins; `Retry-After` says how many seconds to wait.',
    { message: text },
    { message: '429 Too many failed sign-ins. Try again in 20 seconds.' },
  ),
};

const header = (type: string, description: string) => ({ description, schema: { type } });

export const REQUEST_ID = header('string', 'Names this request in the log of the server');

export const PAGE_HEADERS = {
  Link: header('string', 'Addresses of the pages `prev`, `next`, `first` and `last`'),
  'X-Page': header('integer', 'This page'),
  'X-Per-Page': header('integer', 'How many a page'),
  'X-Next-Page': header('string', 'The next page; empty on the last one'),
  'X-Prev-Page': header('string', 'The page before; empty on the first one'),
  'X-Total': header('integer', 'How many in all; left out above 10,000'),
  'X-Total-Pages': header('integer', 'How many pages; left out above 10,000 rows'),
};
