/** @jsxImportSource hono/jsx */

import type { DeployTokenOrder, ListFilter } from '../../../domain/deploy-tokens/deploy-tokens.ts';
import { DEPLOY_TOKEN_SCOPES } from '../../../domain/deploy-tokens/scopes.ts';
import type { DeployToken } from '../../../domain/deploy-tokens/token.ts';
import { DAY } from '../../../lib/clock.ts';
import { defined } from '../../../lib/defined.ts';
import { listPage } from '../../list-page.ts';
import type { Page, Visit, Web } from '../../page.ts';
import { groupPath, projectPath } from '../../paths.ts';
import { Badge } from '../../views/badge.tsx';
import { Button } from '../../views/button.tsx';
import { EmptyState } from '../../views/empty-state.tsx';
import { SelectField, TextField } from '../../views/form.tsx';
import { Pagination } from '../../views/pagination.tsx';
import { Scopes } from '../../views/scopes.tsx';
import { type Column, Table } from '../../views/table.tsx';
import { Time } from '../../views/time.tsx';
import { readListQuery, sortLink } from '../list-query.ts';
import { SECTION } from '../repository-settings/owner.ts';
import { AdminHeader } from './admin-header.tsx';

const PER_PAGE = 50;
const EXPIRES_SOON_MS = 30 * DAY;

const STATES: Readonly<Record<string, { title: string; filter: (now: number) => ListFilter }>> = {
  active: { title: 'Active', filter: () => ({ active: true }) },
  unused: { title: 'Active, never used', filter: () => ({ active: true, neverUsed: true }) },
  soon: { title: 'Expiring within 30 days', filter: (now) => ({ active: true, expiresBefore: now + EXPIRES_SOON_MS }) },
  endless: { title: 'Active, no expiry date', filter: () => ({ active: true, neverExpires: true }) },
  over: { title: 'Revoked or expired', filter: () => ({ inactive: true }) },
};

const SORTS: readonly DeployTokenOrder['by'][] = ['name', 'expires_at', 'last_used_at', 'id'];

/** Every deploy token of the server, with the way to where it is managed. */
export async function showAllTokens({ services }: Web, visit: Visit): Promise<Page> {
  const { query, now } = visit;
  const asked = query.get('state') ?? '';
  const state = Object.hasOwn(STATES, asked) ? asked : 'active';
  const scope = DEPLOY_TOKEN_SCOPES.find((one) => one === query.get('scope'));
  const { search, order } = readListQuery(query, SORTS, { by: 'id', direction: 'desc' });
  const filter = { ...STATES[state]?.filter(now), search, ...defined({ scope: scope || undefined }) };
  const tokens = await listPage(query, PER_PAGE, (page) => services.deployTokens.list(filter, page, order));
  const idsOf = (kind: 'project' | 'group') =>
    tokens.items.flatMap(({ owner }) => (owner.kind === kind ? owner.id : []));
  const [projects, groups] = await Promise.all(
    (['project', 'group'] as const).map((kind) => services.access.pathsOf(kind, idsOf(kind))),
  );
  const creators = await services.users.namesOf(tokens.items.flatMap(({ creatorId: id }) => id ?? []));
  const pathOf = ({ owner }: DeployToken) => (owner.kind === 'project' ? projects : groups)?.get(owner.id) ?? '';
  const body = (
    <AdminHeader tab="Deploy tokens">
      <section class="stack" aria-labelledby="tokens">
        <h2 id="tokens">{`Deploy tokens (${tokens.total})`}</h2>
        <ListQuery search={search} state={state} scope={scope} sort={query.get('sort')} />
        {tokens.items.length === 0 ? (
          <EmptyState title="No deploy tokens found">
            <p>No deploy token on this server matches the filters.</p>
          </EmptyState>
        ) : (
          <Table caption="Deploy tokens" columns={columnsOf(query, order, { pathOf, creators })} items={tokens.items} />
        )}
        <Pagination {...tokens} what="tokens" query={query} />
      </section>
    </AdminHeader>
  );
  return { title: 'Deploy tokens', body };
}

interface ListQueryProps {
  search: string;
  state: string;
  scope: string | undefined;
  sort: string | null;
}

function ListQuery({ search, state, scope, sort }: ListQueryProps) {
  const states = Object.entries(STATES).map(([value, { title }]) => ({ value, label: title }));
  const scopes = DEPLOY_TOKEN_SCOPES.map((value) => ({ value, label: value }));
  return (
    <form class="form" method="get">
      {sort === null ? null : <input type="hidden" name="sort" value={sort} />}
      <div class="fields">
        <TextField name="search" label="Name or user name" type="search" value={search} />
        <SelectField name="state" label="State" options={states} chosen={state} />
        <SelectField
          name="scope"
          label="Scope"
          options={[{ value: '', label: 'Any' }, ...scopes]}
          chosen={scope ?? ''}
        />
      </div>
      <div>
        <Button>Filter</Button>
      </div>
    </form>
  );
}

function columnsOf(
  query: URLSearchParams,
  order: DeployTokenOrder,
  { pathOf, creators }: { pathOf: (token: DeployToken) => string; creators: ReadonlyMap<number, string> },
): Column<DeployToken>[] {
  const sortable = (by: DeployTokenOrder['by']) => sortLink(order, query, by);
  return [
    { title: 'Name', cell: (token) => <Named token={token} path={pathOf(token)} />, ...sortable('name') },
    { title: 'User name', cell: ({ username }) => <code>{username}</code> },
    { title: 'Managed in', cell: (token) => <ManagedIn token={token} path={pathOf(token)} /> },
    {
      title: 'Scopes',
      cell: ({ scopes }) => <Scopes scopes={scopes} />,
    },
    { title: 'Created', cell: (token) => <Created token={token} creators={creators} /> },
    { title: 'Expires', cell: (token) => <Ends token={token} />, ...sortable('expires_at') },
    {
      title: 'Last used',
      cell: ({ lastUsed }) => (lastUsed === null ? 'Never' : <Time at={lastUsed.at} />),
      ...sortable('last_used_at'),
    },
  ];
}

/** Its name leads to what it may do and how much it is used. */
function Named({ token: { id, name, owner }, path }: { token: DeployToken; path: string }) {
  const address = owner.kind === 'project' ? projectPath : groupPath;
  return <a href={address(path, `/-/deploy_tokens/${id}`)}>{name}</a>;
}

function Created({ token, creators }: { token: DeployToken; creators: ReadonlyMap<number, string> }) {
  const { creatorId: id, createdAt } = token;
  return (
    <>
      <Time at={createdAt} />
      {id === null ? null : <span class="soft">{` by ${creators.get(id) ?? 'a deleted user'}`}</span>}
    </>
  );
}

function ManagedIn({ token: { owner }, path }: { token: DeployToken; path: string }) {
  const address = owner.kind === 'project' ? projectPath : groupPath;
  return <a href={address(path, `/-/settings/repository#${SECTION}`)}>{path}</a>;
}

function Ends({ token: { revokedAt, expiresAt } }: { token: DeployToken }) {
  if (revokedAt !== null) return <Badge kind="bad">revoked</Badge>;
  return expiresAt === null ? 'Never' : <Time at={expiresAt} />;
}
