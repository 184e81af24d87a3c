/** @jsxImportSource hono/jsx */
import type { PersonalToken } from '../../../domain/personal-tokens/personal-tokens.ts';
import type { Secret } from '../../../lib/secret.ts';
import type { Page, Visit } from '../../page.ts';
import { Badge } from '../../views/badge.tsx';
import { ConfirmLink } from '../../views/button.tsx';
import { EmptyState } from '../../views/empty-state.tsx';
import { Notice } from '../../views/notice.tsx';
import { Pagination } from '../../views/pagination.tsx';
import { Scopes } from '../../views/scopes.tsx';
import { Fold } from '../../views/section.tsx';
import { SentAlready, ShownOnce } from '../../views/shown-once.tsx';
import { type Column, Table } from '../../views/table.tsx';
import { Time } from '../../views/time.tsx';
import type { Typed } from '../../views/typed.ts';
import { Account } from '../account/account.tsx';
import { ACCOUNT } from '../account/addresses.ts';
import { toolPath } from './confirm-pages.tsx';
import { NewPersonalToken } from './new-personal-token.ts';

interface TokenList {
  items: PersonalToken[];
  page: number;
  perPage: number;
  total: number;
}

export interface PersonalTokens {
  active: TokenList;
  /** Those that are over, the newest first. */
  inactive: TokenList;
  /** Whichever the address says was just revoked. */
  revoked: PersonalToken | null;
}

/** The query parameter for the page of inactive tokens. */
export const INACTIVE_PAGE = 'inactive_page';

export interface Outcome {
  /** One that has just been made, or made in the place of another. */
  created?: { token: PersonalToken; secret: Secret; rotated: boolean };
  /** The form was sent before: what it made then, null when that is gone or not known. */
  madeBefore?: PersonalToken | null;
  typed?: Typed;
}

type TokenColumn = Column<PersonalToken>;

/** One's own personal access tokens. */
export function personalTokensPage(visit: Visit, tokens: PersonalTokens, outcome: Outcome = {}): Page {
  const { active, inactive, revoked } = tokens;
  const body = (
    <Account tab="Personal access tokens">
      <Revoked token={revoked} />
      <section class="card stack" aria-labelledby="personal-access-tokens">
        <h2 id="personal-access-tokens">Personal access tokens</h2>
        <p class="soft">
          Personal access tokens let programs act as you, through the API, git and the registry. A token can do
          everything you can, within its scopes. For machines that only fetch or publish, use deploy tokens, which have
          fewer rights.
        </p>
        <Making {...outcome} any={active.total > 0} now={visit.now} />
      </section>
      <section class="card stack" aria-labelledby="active-tokens">
        <h2 id="active-tokens">{`Active tokens (${active.total})`}</h2>
        {active.items.length === 0 ? (
          <EmptyState title="No personal access tokens">
            <p>Tokens you create are listed here while they are active.</p>
          </EmptyState>
        ) : (
          <Table caption="Active personal access tokens" columns={COLUMNS} items={active.items} />
        )}
        <Pagination {...active} what="tokens" query={visit.query} />
        {inactive.total > 0 ? <Inactive inactive={inactive} query={visit.query} /> : null}
      </section>
    </Account>
  );
  return { title: 'Personal access tokens', body };
}

/** The outcome of the form for a new token, and the form. */
function Making({ created, madeBefore, typed, any, now }: Outcome & { any: boolean; now: number }) {
  const form = <NewPersonalToken action={ACCOUNT.tokens} typed={typed} now={now} />;
  const folds = created !== undefined || madeBefore !== undefined || (any && typed === undefined);
  return (
    <>
      {created ? <ShownOnce title={titleOf(created)} secret={created.secret} /> : null}
      {madeBefore === undefined ? null : (
        <SentAlready what={madeBefore?.name}>
          {madeBefore ? <Table caption="Created token" columns={COLUMNS} items={[madeBefore]} /> : null}
        </SentAlready>
      )}
      {folds ? <Fold title="Create a personal access token">{form}</Fold> : form}
    </>
  );
}

const titleOf = ({ token, rotated }: NonNullable<Outcome['created']>) =>
  rotated ? `The new secret of “${token.name}”` : `Your new personal access token “${token.name}”`;

const NAME: TokenColumn = { title: 'Name', cell: ({ name }) => name };
const SCOPES: TokenColumn = {
  title: 'Scopes',
  cell: ({ scopes }) => <Scopes scopes={scopes} />,
};
const CREATED: TokenColumn = { title: 'Created', cell: ({ createdAt }) => <Time at={createdAt} /> };
const LAST_USED: TokenColumn = {
  title: 'Last used',
  cell: ({ lastUsedAt }) => (lastUsedAt === null ? 'Never' : <Time at={lastUsedAt} />),
};

const COLUMNS: TokenColumn[] = [
  NAME,
  SCOPES,
  CREATED,
  { title: 'Expires', cell: ({ expiresAt }) => (expiresAt === null ? 'Never' : <Time at={expiresAt} />) },
  LAST_USED,
  { title: 'Rotate or revoke', kind: 'tools', cell: (token) => <Tools token={token} /> },
];

function Tools({ token: { id, name } }: { token: PersonalToken }) {
  return (
    <span class="tools-row">
      <ConfirmLink href={toolPath(id, 'rotate')} label={`Rotate ${name}`}>
        Rotate
      </ConfirmLink>
      <ConfirmLink kind="quiet-danger" href={toolPath(id, 'revoke')} label={`Revoke ${name}`}>
        Revoke
      </ConfirmLink>
    </span>
  );
}

function Inactive({ inactive, query }: { inactive: TokenList; query: URLSearchParams }) {
  const ended: TokenColumn = {
    title: 'Ended',
    cell: ({ revokedAt, expiresAt }) => (
      <>
        <Badge kind="bad">{revokedAt === null ? 'expired' : 'revoked'}</Badge> <Time at={revokedAt ?? expiresAt ?? 0} />
      </>
    ),
  };
  return (
    <Fold title={`Inactive tokens (${inactive.total})`} open={query.has(INACTIVE_PAGE)}>
      <Table
        caption="Inactive personal access tokens"
        columns={[NAME, SCOPES, CREATED, ended, LAST_USED]}
        items={inactive.items}
      />
      <Pagination {...inactive} what="inactive tokens" query={query} parameter={INACTIVE_PAGE} />
    </Fold>
  );
}

/** After a revocation, if what the address says was revoked is. */
function Revoked({ token }: { token: PersonalToken | null }) {
  return token && token.revokedAt !== null ? (
    <Notice kind="good">
      <strong>{token.name}</strong> was revoked. It no longer works.
    </Notice>
  ) : null;
}
