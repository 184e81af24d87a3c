/** @jsxImportSource hono/jsx */
import type { PersonalToken } from '../../../domain/personal-tokens/personal-tokens.ts';
import type { Secret } from '../../../lib/secret.ts';
import type { Page, Visit } from '../../page.ts';
import { Badge } from '../../views/badge.tsx';
import { Button } from '../../views/button.tsx';
import { Confirm } from '../../views/dialog.tsx';
import { EmptyState } from '../../views/empty-state.tsx';
import type { Typed } from '../../views/form.tsx';
import { Notice } from '../../views/notice.tsx';
import { Pagination } from '../../views/pagination.tsx';
import { Scopes } from '../../views/scopes.tsx';
import { Fold } from '../../views/section.tsx';
import { ShownOnce } from '../../views/shown-once.tsx';
import { type Column, Table } from '../../views/table.tsx';
import { Time } from '../../views/time.tsx';
import { Account } from '../account/account.tsx';
import { ACCOUNT } from '../account/addresses.ts';
import { NewPersonalToken } from './new-personal-token.ts';
import { nextExpiry } from './next-expiry.ts';

export interface PersonalTokens {
  active: { items: PersonalToken[]; page: number; perPage: number; total: number };
  /** The newest of those that are over, and how many there are. */
  inactive: { items: PersonalToken[]; total: number };
}

export interface Outcome {
  /** One that has just been made, or made in the place of another. */
  created?: { token: PersonalToken; secret: Secret; rotated: boolean };
  typed?: Typed;
}

type TokenColumn = Column<PersonalToken>;

/** One's own personal access tokens. */
export function personalTokensPage(visit: Visit, tokens: PersonalTokens, { created, typed }: Outcome = {}): Page {
  const { active, inactive } = tokens;
  const form = <NewPersonalToken action={ACCOUNT.tokens} typed={typed} now={visit.now} />;
  const body = (
    <Account tab="Personal access tokens">
      <Revoked visit={visit} tokens={tokens} />
      <section class="card stack" aria-labelledby="personal-access-tokens">
        <h2 id="personal-access-tokens">Personal access tokens</h2>
        <p class="soft">
          Passwords for programs that act as you: with the API, with git, and with the registry. Whoever has one can do
          what you can, as far as its scopes go. For machines that only fetch or publish, deploy tokens are narrower.
        </p>
        {created ? <ShownOnce title={titleOf(created)} secret={created.secret} /> : null}
        {created || (active.total > 0 && typed === undefined) ? (
          <Fold title="Create a personal access token">{form}</Fold>
        ) : (
          form
        )}
      </section>
      <section class="card stack" aria-labelledby="active-tokens">
        <h2 id="active-tokens">{`Active tokens (${active.total})`}</h2>
        {active.items.length === 0 ? (
          <EmptyState title="No personal access tokens">
            <p>A token that you create stands here for as long as it works.</p>
          </EmptyState>
        ) : (
          <Table caption="Active personal access tokens" columns={columnsFor(visit.now)} items={active.items} />
        )}
        <Pagination {...active} what="tokens" query={visit.query} />
        {inactive.total > 0 ? <Inactive {...inactive} /> : null}
      </section>
    </Account>
  );
  return { title: 'Personal access tokens', body };
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

function columnsFor(now: number): TokenColumn[] {
  return [
    NAME,
    SCOPES,
    CREATED,
    { title: 'Expires', cell: ({ expiresAt }) => (expiresAt === null ? 'Never' : <Time at={expiresAt} />) },
    LAST_USED,
    { title: 'Rotate or revoke', kind: 'tools', cell: (token) => <Tools token={token} now={now} /> },
  ];
}

function Tools({ token, now }: { token: PersonalToken; now: number }) {
  const { id, name } = token;
  const action = (what: string) => `${ACCOUNT.tokens}/${id}/${what}`;
  return (
    <span class="tools-row">
      <Button small opens={`rotate-${id}`} label={`Rotate ${name}`}>
        Rotate
      </Button>
      <Button kind="quiet-danger" small opens={`revoke-${id}`} label={`Revoke ${name}`}>
        Revoke
      </Button>
      <Confirm id={`rotate-${id}`} action={action('rotate')} title={`Rotate ${name}?`} button={`Rotate ${name}`}>
        <p>
          You get a new secret with the same name and scopes, which works until it expires{' '}
          <Time at={nextExpiry(token, now)} />. The secret of today stops working at once.
        </p>
      </Confirm>
      <Confirm id={`revoke-${id}`} action={action('revoke')} title={`Revoke ${name}?`} button={`Revoke ${name}`}>
        <p>Whatever signs in with this token stops working at once. This cannot be undone.</p>
        <p class="soft small">
          {token.lastUsedAt === null ? (
            'It was never used.'
          ) : (
            <>
              It was last used <Time at={token.lastUsedAt} />.
            </>
          )}
        </p>
      </Confirm>
    </span>
  );
}

function Inactive({ items, total }: PersonalTokens['inactive']) {
  const ended: TokenColumn = {
    title: 'Ended',
    cell: ({ revokedAt, expiresAt }) => (
      <>
        <Badge kind="bad">{revokedAt === null ? 'expired' : 'revoked'}</Badge> <Time at={revokedAt ?? expiresAt ?? 0} />
      </>
    ),
  };
  return (
    <Fold title={`Inactive tokens (${total})`}>
      <Table
        caption="Inactive personal access tokens"
        columns={[NAME, SCOPES, CREATED, ended, LAST_USED]}
        items={items}
      />
      {total > items.length ? <p class="soft small">{`The newest ${items.length} are shown.`}</p> : null}
    </Fold>
  );
}

/** After a revocation, if what the address says was revoked is. */
function Revoked({ visit, tokens }: { visit: Visit; tokens: PersonalTokens }) {
  const asked = visit.query.get('revoked');
  const token = tokens.inactive.items.find(({ id, revokedAt }) => revokedAt !== null && String(id) === asked);
  return token ? (
    <Notice kind="good">
      <strong>{token.name}</strong> is revoked. Nothing can sign in with it any more.
    </Notice>
  ) : null;
}
