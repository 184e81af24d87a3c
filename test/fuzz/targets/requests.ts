import type { Route } from '../../../src/http/route.ts';
import { addressOfRow } from '../../support/row-address.ts';
import type { Choices } from '../choices.ts';
import type { FuzzTarget } from '../fuzz.ts';
import { mutateText } from '../mutate.ts';
import { asPath, type FuzzScene, sendable } from '../scene.ts';
import { membersOf, someOf } from './schema-values.ts';

/** A text in an address: as clients write it, or as it is. */
export const escaped = (text: string) => encodeURIComponent(text.toWellFormed());

/** Values of the parameters of a row that do not name its project or group: of things that are there, and others. */
function valuesFor(choices: Choices, { path, access }: Route): Record<string, string> {
  const named = access.on === 'project' || access.on === 'group' ? access.param : '';
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name).filter((name) => name !== named);
  const value = () =>
    choices.pick(['1', '2', 'main', 'latest', '999999', choices.digits(20), escaped(choices.oddText())]);
  return Object.fromEntries(names.map((name) => [name, value() || 'x']));
}

const addressFor = (choices: Choices, row: Route, { named }: FuzzScene): string =>
  addressOfRow(row, named, choices.pick(['path', 'id']), valuesFor(choices, row)) ??
  addressOfRow(row, named, 'path', valuesFor(choices, row)) ??
  '/';

const queryOf = (pairs: [string, unknown][]) =>
  pairs.map(([name, value]) => `${escaped(name)}=${escaped(textOf(value))}`).join('&');

/** An object from JSON may have no conversion to text. */
const textOf = (value: unknown) => (typeof value === 'object' ? (JSON.stringify(value) ?? '') : String(value));

const withQuery = (path: string, query: string) =>
  query === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${query}`;

/** Pages of lists, in the parameters of all lists. */
const CURSORS = [
  'page',
  'per_page',
  'cursor',
  'last',
  'n',
  'after',
  'order_by',
  'sort',
  'search',
  'pagination',
  'id_after',
];

/** A body in one of the forms that the API reads. */
function bodyOf(choices: Choices, members: [string, unknown][]): { headers: Record<string, string>; body: string } {
  const sent = choices.chance(0.8) ? members : [...members, [choices.oddText(), choices.oddText()] as [string, string]];
  if (choices.chance(0.3)) {
    const pairs = sent.flatMap(([name, value]) =>
      Array.isArray(value)
        ? value.map((each) => [`${name}[]`, each] as [string, unknown])
        : [[name, value] as [string, unknown]],
    );
    return { headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: queryOf(pairs) };
  }
  const text = JSON.stringify(Object.fromEntries(sent));
  return {
    headers: { 'Content-Type': 'application/json' },
    body: choices.chance(0.1) ? mutateText(choices, text) : text,
  };
}

const api: FuzzTarget = {
  name: 'REST, parameters of each row',
  async open(scene) {
    const asked = await scene();
    await asked.renew();
    const rows = asked.rows
      .filter(({ protocol }) => protocol === 'api')
      .map(({ route }) => ({ route, query: membersOf(route.doc?.query), body: membersOf(route.doc?.body) }));
    return async (choices) => {
      const { route, query, body } = choices.pick(rows);
      const cursors = choices.several(2, (): [string, unknown] => [
        choices.pick(CURSORS),
        choices.pick(['1', '2', '100', choices.oddText()]),
      ]);
      const path = withQuery(addressFor(choices, route, asked), queryOf([...someOf(choices, query), ...cursors]));
      const sent = route.method === 'GET' ? { headers: {} } : bodyOf(choices, someOf(choices, body));
      choices.try({ method: route.method, path, ...sent });
      const headers = { ...sent.headers, 'PRIVATE-TOKEN': asked.owner.token };
      return asked.send(asPath(path), { ...sent, method: route.method, headers });
    };
  },
};

/** The rows that start a git are left to the targets of git: processes would take most of the time. */
const STARTS_GIT = /info\/refs|git-(upload|receive)-pack/;

const addresses: FuzzTarget = {
  name: 'addresses and routes',
  async open(scene) {
    const asked = await scene();
    await asked.renew();
    const rows = asked.rows.filter(({ route }) => !STARTS_GIT.test(route.path));
    return async (choices) => {
      const { route } = choices.pick(rows);
      const changed = mutateText(choices, addressFor(choices, route, asked));
      const path = asPath(
        choices.chance(0.8) ? changed : choices.words(8, () => choices.oddText() || '/', choices.pick(['', '/'])),
      );
      const method = choices.pick([route.method, 'GET', 'HEAD', 'OPTIONS', 'PROPFIND', 'PUT', 'DELETE']);
      const headers = {
        Accept: choices.pick(['text/html', 'application/json', '*/*', sendable(choices.oddText())]),
        Host: choices.pick(['postern.test', 'postern.test:80', sendable(choices.oddText())]),
        'X-Forwarded-For': sendable(choices.oddText()),
      };
      choices.try({ method, path, headers });
      return asked.send(path, { method, headers });
    };
  },
};

const pages: FuzzTarget = {
  name: 'pages, queries, cookies and forms',
  async open(scene) {
    const asked = await scene();
    await asked.renew();
    const rows = asked.rows.filter(({ protocol }) => protocol === 'web').map(({ route }) => route);
    const fields = [
      'name',
      'path',
      'visibility',
      'id',
      'expires_at',
      'scopes[]',
      'scopes',
      'confirm',
      'limit',
      'tag',
      'user',
      'role',
      'username',
      'page',
      'search',
      'sort',
      'once',
      'return_to',
      'description',
    ];
    return async (choices) => {
      const route = choices.pick(rows);
      const field = (): [string, unknown] => [
        choices.pick([...fields, choices.oddText()]),
        choices.pick(['a', '1', 'private', 'read_repository', '2027-02-14', 'on', choices.oddText()]),
      ];
      const path = withQuery(addressFor(choices, route, asked), queryOf(choices.several(3, field)));
      const { cookie, formToken } = asked.browser;
      const token: [string, unknown] = [
        'authenticity_token',
        choices.chance(0.9) ? formToken : mutateText(choices, formToken),
      ];
      const body = route.method === 'GET' ? null : queryOf([token, ...choices.several(6, field)]);
      const headers = {
        Cookie: choices.chance(0.8) ? cookie : sendable(mutateText(choices, `${cookie}; a=b`)),
        Origin: 'http://postern.test',
        Accept: 'text/html',
        'Content-Type': 'application/x-www-form-urlencoded',
      };
      choices.try({ method: route.method, path, headers, body });
      return asked.send(asPath(path), { method: route.method, headers, body });
    };
  },
};

export const REQUESTS: readonly FuzzTarget[] = [api, addresses, pages];
