/** Fixed texts of the OpenAPI document. */

export const PREAMBLE = `Postern's REST API. It is compatible with GitLab's REST API v4 where both have the same features.

Authenticate with a personal access token in the header \`PRIVATE-TOKEN\`, or as \`Authorization: Bearer\`. Deploy tokens are not
accepted: they are for git, images and packages. A token in the URL (\`?private_token=\`) is refused, because URLs end up in logs.

Bodies are JSON or forms. Lists are paginated: follow the \`next\` link of the \`Link\` header. In errors, \`message\` or \`error\` is
GitLab's text; \`reason\` adds details and \`field\` names the invalid parameter, where known.

Parameters of GitLab that are not supported and would change the result are refused with 400: \`import_url is not supported\`. Unknown
parameters are ignored. \`Sudo\` is refused with 403.`;

const text = { type: 'string' };

function error(description: string, properties: Record<string, unknown>, example: unknown) {
  return {
    description,
    content: { 'application/json': { schema: { type: 'object', properties }, example } },
  };
}

export const ERROR_RESPONSES = {
  E400: error(
    'A parameter is missing or malformed (`error`), or violates a rule (`message`).',
    { error: text, message: text, reason: text, field: text },
    { error: 'name is missing, scopes is missing' },
  ),
  E401: error(
    'The credential is missing, invalid, expired or revoked.',
    { message: text, reason: text, error: text, error_description: text },
    { message: '401 Unauthorized' },
  ),
  E403: error(
    'The caller lacks permission; `reason` names the missing permission.',
    { message: text, reason: text, error: text, error_description: text, scope: text },
    { message: '403 Forbidden', reason: 'Only administrators may do this.' },
  ),
  E404: error(
    'Not found, or not visible with this credential.',
    { message: text },
    { message: '404 Project Not Found' },
  ),
  E409: error(
    'The name is already taken, or the object was changed by another request.',
    { message: text },
    { message: '409 Path has already been taken' },
  ),
  E429: error(
    'Too many failed sign-ins; retry after the number of seconds in `Retry-After`.',
    { message: text },
    { message: '429 Too many failed sign-ins. Try again in 20 seconds.' },
  ),
};

const header = (type: string, description: string) => ({ description, schema: { type } });

export const REQUEST_ID = header('string', 'Identifies this request in the server log');

export const PAGE_HEADERS = {
  Link: header('string', 'URLs of the pages `prev`, `next`, `first` and `last`'),
  'X-Page': header('integer', 'Current page'),
  'X-Per-Page': header('integer', 'Rows per page'),
  'X-Next-Page': header('string', 'Next page; empty on the last page'),
  'X-Prev-Page': header('string', 'Previous page; empty on the first page'),
  'X-Total': header('integer', 'Total number of rows; omitted above 10,000'),
  'X-Total-Pages': header('integer', 'Total number of pages; omitted above 10,000 rows'),
};
