/** @jsxImportSource hono/jsx */
import type { DeployTokenOrder } from '../../../domain/deploy-tokens/deploy-tokens.ts';
import type { DeployToken } from '../../../domain/deploy-tokens/token.ts';
import type { Visit } from '../../page.ts';
import { Badge } from '../../views/badge.tsx';
import { ConfirmLink } from '../../views/button.tsx';
import { Pagination } from '../../views/pagination.tsx';
import { Scopes } from '../../views/scopes.tsx';
import { type Column, Table } from '../../views/table.tsx';
import { Time } from '../../views/time.tsx';
import { sortLink } from '../list-query.ts';
import { GROUPS_PAGE, INACTIVE_PAGE, listsIn, type Owner, SECTION } from './owner.ts';
import type { Tokens } from './read-tokens.ts';

type TokenColumn = Column<DeployToken>;

interface TableProps {
  visit: Visit;
  tokens: Tokens;
}

const NAME: TokenColumn = { title: 'Name', cell: ({ name }) => name };
const nameColumn = (owner: Owner): TokenColumn => ({
  title: 'Name',
  cell: ({ id, name }) => <a href={owner.tokenPath(id)}>{name}</a>,
});
const USERNAME: TokenColumn = { title: 'User name', cell: ({ username }) => <code>{username}</code> };
const SCOPES: TokenColumn = {
  title: 'Scopes',
  cell: ({ scopes }) => <Scopes scopes={scopes} />,
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
  const { order, creators, active } = tokens;
  const sortable = (column: TokenColumn, by: DeployTokenOrder['by']): TokenColumn => ({
    ...column,
    ...sortLink(order, visit.query, by, `#${SECTION}`),
  });
  const columns = [
    sortable(nameColumn(owner), 'name'),
    USERNAME,
    SCOPES,
    sortable(createdColumn(creators), 'id'),
    sortable(EXPIRES, 'expires_at'),
    sortable(LAST_USED, 'last_used_at'),
  ];
  const all = visit.can('destroy_deploy_token') ? [...columns, revokeColumn(owner, listsIn(visit.query))] : columns;
  return <Table caption="Active deploy tokens" columns={all} items={active.items} />;
}

/** A token by itself. */
export function OneToken({ visit, owner, token }: { visit: Visit; owner: Owner; token: DeployToken }) {
  const columns = [nameColumn(owner), USERNAME, SCOPES, EXPIRES, LAST_USED];
  const ends = visit.can('destroy_deploy_token') && token.revokedAt === null;
  const all = ends ? [...columns, revokeColumn(owner, listsIn(visit.query))] : columns;
  return <Table caption="Created token" columns={all} items={[token]} />;
}

const revokeColumn = (owner: Owner, lists: URLSearchParams): TokenColumn => ({
  title: 'Revoke',
  kind: 'tools',
  cell: ({ id, name }) => (
    <ConfirmLink kind="quiet-danger" href={owner.revokePath(id, lists)} label={`Revoke ${name}`}>
      Revoke
    </ConfirmLink>
  ),
});

/** In a project: what its groups' tokens may do here too. They are ended where they were made. */
export function GroupTokens({ visit, tokens }: TableProps) {
  const from: TokenColumn = {
    title: 'Group',
    cell: ({ owner }) => {
      const group = tokens.groups.get(owner.id);
      return group?.href ? <a href={group.href}>{group.path}</a> : group?.path;
    },
  };
  const { fromGroups } = tokens;
  const { total, items } = fromGroups;
  return (
    <section class="stack" aria-labelledby="group-tokens">
      <h3 id="group-tokens">{`Deploy tokens of groups that reach this project (${total})`}</h3>
      <Table caption="Deploy tokens of groups" columns={[NAME, from, SCOPES, EXPIRES, LAST_USED]} items={items} />
      <Pagination
        {...fromGroups}
        what="tokens of groups"
        query={visit.query}
        fragment={SECTION}
        parameter={GROUPS_PAGE}
      />
    </section>
  );
}

export function InactiveTokens({ visit, tokens }: TableProps) {
  const ended: TokenColumn = {
    title: 'Ended',
    cell: ({ revokedAt, expiresAt }) => (
      <>
        <Badge kind="bad">{revokedAt === null ? 'expired' : 'revoked'}</Badge> <Time at={revokedAt ?? expiresAt ?? 0} />
      </>
    ),
  };
  const { inactive, creators } = tokens;
  return (
    <div class="stack">
      <Table
        caption="Inactive deploy tokens"
        columns={[NAME, USERNAME, SCOPES, createdColumn(creators), ended, LAST_USED]}
        items={inactive.items}
      />
      <Pagination
        {...inactive}
        what="inactive tokens"
        query={visit.query}
        fragment={SECTION}
        parameter={INACTIVE_PAGE}
      />
    </div>
  );
}
