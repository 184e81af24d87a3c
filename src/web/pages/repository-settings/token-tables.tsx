/** @jsxImportSource hono/jsx */
import type { DeployTokenOrder } from '../../../domain/deploy-tokens/deploy-tokens.ts';
import type { DeployToken } from '../../../domain/deploy-tokens/token.ts';
import type { Visit } from '../../page.ts';
import { Badge } from '../../views/badge.tsx';
import { Button } from '../../views/button.tsx';
import { Confirm } from '../../views/confirm.tsx';
import { type Column, Table } from '../../views/table.tsx';
import { Time } from '../../views/time.tsx';
import { type Owner, SECTION } from './owner.ts';
import type { Tokens } from './read-tokens.ts';

type TokenColumn = Column<DeployToken>;

const NAME: TokenColumn = { title: 'Name', cell: ({ name }) => name };
const nameColumn = (owner: Owner): TokenColumn => ({
  title: 'Name',
  cell: ({ id, name }) => <a href={owner.tokenPath(id)}>{name}</a>,
});
const USERNAME: TokenColumn = { title: 'User name', cell: ({ username }) => <code>{username}</code> };
const SCOPES: TokenColumn = {
  title: 'Scopes',
  cell: ({ scopes }) => (
    <span class="badges">
      {scopes.map((scope) => (
        <Badge kind="code">{scope}</Badge>
      ))}
    </span>
  ),
};
const EXPIRES: TokenColumn = {
  title: 'Expires',
  cell: ({ expiresAt }) => (expiresAt === null ? 'Never' : <Time at={expiresAt} />),
};
const LAST_USED: TokenColumn = {
  title: 'Last used',
  cell: ({ lastUsed }) =>
    lastUsed === null ? (
      'Never'
    ) : (
      <>
        <Time at={lastUsed.at} />
        <span class="soft">{` by ${lastUsed.protocol} from ${lastUsed.ip}`}</span>
      </>
    ),
};

const createdColumn = (creators: Tokens['creators']): TokenColumn => ({
  title: 'Created',
  cell: ({ creatorId, createdAt }) => (
    <>
      <Time at={createdAt} />
      {creatorId === null || !creators.has(creatorId) ? null : (
        <span class="soft">{` by ${creators.get(creatorId)}`}</span>
      )}
    </>
  ),
});

/** The tokens that work, each with the way to end it. */
export function ActiveTokens({ visit, owner, tokens }: { visit: Visit; owner: Owner; tokens: Tokens }) {
  const sortable = (column: TokenColumn, by: DeployTokenOrder['by']): TokenColumn => ({
    ...column,
    ...sortOf(tokens, visit.query, by),
  });
  const columns = [
    sortable(nameColumn(owner), 'name'),
    USERNAME,
    SCOPES,
    sortable(createdColumn(tokens.creators), 'id'),
    sortable(EXPIRES, 'expires_at'),
    sortable(LAST_USED, 'last_used_at'),
  ];
  const revoke: TokenColumn = {
    title: 'Revoke',
    kind: 'tools',
    cell: (token) => <Revoke owner={owner} token={token} />,
  };
  const all = visit.can('destroy_deploy_token') ? [...columns, revoke] : columns;
  return <Table caption="Active deploy tokens" columns={all} items={tokens.active.items} />;
}

/** Once up, once down: what a column's title leads to, and what it says of the list as it is. */
function sortOf(
  { order }: Tokens,
  query: URLSearchParams,
  by: DeployTokenOrder['by'],
): Pick<TokenColumn, 'href' | 'sorted'> {
  const mine = order.by === by;
  const parameters = new URLSearchParams(query);
  parameters.delete('page');
  parameters.set('sort', mine && order.direction === 'asc' ? `-${by}` : by);
  return {
    href: `?${parameters}#${SECTION}`,
    sorted: mine ? (order.direction === 'asc' ? 'ascending' : 'descending') : undefined,
  };
}

function Revoke({ owner, token }: { owner: Owner; token: DeployToken }) {
  const id = `revoke-${token.id}`;
  return (
    <>
      <Button kind="quiet-danger" small opens={id} label={`Revoke ${token.name}`}>
        Revoke
      </Button>
      <Confirm
        id={id}
        action={owner.revokePath(token.id)}
        title={`Revoke ${token.name}?`}
        button={`Revoke ${token.name}`}
      >
        <p>
          Whatever signs in as <code>{token.username}</code> with this token stops working at once: {usesOf(token)}.
          This cannot be undone.
        </p>
        <p class="soft small">
          {token.lastUsed === null ? (
            'It was never used.'
          ) : (
            <>
              It was last used <Time at={token.lastUsed.at} />
              {`, by ${token.lastUsed.protocol} from ${token.lastUsed.ip}.`}
            </>
          )}
        </p>
      </Confirm>
    </>
  );
}

const LIST = new Intl.ListFormat('en');

function usesOf({ scopes }: DeployToken): string {
  const uses = [
    scopes.includes('read_repository') ? 'cloning and fetching' : '',
    scopes.some((scope) => scope.endsWith('_registry') && !scope.includes('package'))
      ? 'pulling and pushing images'
      : '',
    scopes.some((scope) => scope.includes('package')) ? 'installing and publishing packages' : '',
  ].filter(Boolean);
  return LIST.format(uses);
}

/** In a project: what its groups' tokens may do here too. They are ended where they were made. */
export function GroupTokens({ tokens }: { tokens: Tokens }) {
  const from: TokenColumn = {
    title: 'Group',
    cell: ({ owner }) => {
      const group = tokens.groups.get(owner.id);
      return group?.href ? <a href={group.href}>{group.path}</a> : group?.path;
    },
  };
  const { total, items } = tokens.fromGroups;
  return (
    <section class="stack" aria-labelledby="group-tokens">
      <h3 id="group-tokens">{`Deploy tokens of groups that reach this project (${total})`}</h3>
      <Table caption="Deploy tokens of groups" columns={[NAME, from, SCOPES, EXPIRES, LAST_USED]} items={items} />
      {total > items.length ? <p class="soft small">{`The newest ${items.length} are shown.`}</p> : null}
    </section>
  );
}

export function InactiveTokens({ tokens }: { tokens: Tokens }) {
  const ended: TokenColumn = {
    title: 'Ended',
    cell: ({ revokedAt, expiresAt }) => (
      <>
        <Badge kind="bad">{revokedAt === null ? 'expired' : 'revoked'}</Badge> <Time at={revokedAt ?? expiresAt ?? 0} />
      </>
    ),
  };
  const { total, items } = tokens.inactive;
  return (
    <div class="stack">
      <Table
        caption="Inactive deploy tokens"
        columns={[NAME, USERNAME, SCOPES, createdColumn(tokens.creators), ended, LAST_USED]}
        items={items}
      />
      {total > items.length ? <p class="soft small">{`The newest ${items.length} are shown.`}</p> : null}
    </div>
  );
}

/** Finds a token among many. */
export function TokenSearch({ search }: { search: string }) {
  return (
    <form class="search" method="get" action={`#${SECTION}`}>
      <input
        class="input"
        type="search"
        name="search"
        value={search}
        aria-label="Search deploy tokens"
        placeholder="Name or user name"
      />
      <Button>Search</Button>
    </form>
  );
}
