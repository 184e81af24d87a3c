/** @jsxImportSource hono/jsx */
import type { GroupFacts, ProjectFacts } from '../../../domain/access/facts.ts';
import type { DeployToken } from '../../../domain/deploy-tokens/token.ts';
import type { Page, Visit } from '../../page.ts';
import { EmptyState } from '../../views/empty-state.tsx';
import { Notice } from '../../views/notice.tsx';
import { PageHeader } from '../../views/page-header.tsx';
import { Pagination } from '../../views/pagination.tsx';
import { SearchForm } from '../../views/search-form.tsx';
import { Fold, Section } from '../../views/section.tsx';
import { SentAlready } from '../../views/shown-once.tsx';
import type { Typed } from '../../views/typed.ts';
import { type Created, CreatedToken } from './created-token.tsx';
import { NewTokenForm } from './new-token-form.tsx';
import { INACTIVE_PAGE, listsIn, ownerOf, SECTION } from './owner.ts';
import type { Tokens } from './read-tokens.ts';
import { ActiveTokens, GroupTokens, InactiveTokens, OneToken } from './token-tables.tsx';

/** The outcome of the form on the page. */
export interface Outcome {
  created?: Created;
  /** The form was sent before: what it made then, null when that is gone or not known. */
  madeBefore?: DeployToken | null;
  typed?: Typed;
}

/** Settings > Repository: the deploy tokens of a project or of a group. */
export function repositorySettingsPage(
  visit: Visit<ProjectFacts | GroupFacts>,
  tokens: Tokens,
  { created, madeBefore, typed }: Outcome = {},
): Page {
  const { facts, query } = visit;
  const owner = ownerOf(facts);
  const made = created !== undefined || madeBefore !== undefined;
  const open = made || typed !== undefined || query.size > 0;
  const body = (
    <PageHeader visit={visit} tab="Settings" subtab="Repository">
      <Section id={SECTION} title="Deploy tokens" about={ABOUT[facts.on]} open={open}>
        <Revoked token={tokens.revoked} />
        {created ? <CreatedToken {...created} /> : null}
        {madeBefore === undefined ? null : <MadeBefore visit={visit} token={madeBefore} />}
        {visit.can('create_deploy_token') ? (
          <NewTokenForm
            action={owner.createPath(listsIn(query))}
            typed={made ? undefined : typed}
            folded={made}
            now={visit.now}
          />
        ) : null}
        <TokenLists visit={visit} tokens={tokens} />
      </Section>
    </PageHeader>
  );
  return { title: `Repository settings · ${owner.path}`, body };
}

/** The token lists: active tokens, inherited group tokens, and inactive tokens. */
function TokenLists({ visit, tokens }: { visit: Visit<ProjectFacts | GroupFacts>; tokens: Tokens }) {
  const { active, inactive, fromGroups, search } = tokens;
  const many = active.total > 10 || inactive.total > 10 || fromGroups.total > 10;
  return (
    <>
      {many || search !== '' ? <TokenSearch search={search} sort={visit.query.get('sort')} /> : null}
      <section class="stack" aria-labelledby="active-tokens">
        <h3 id="active-tokens">{`Active deploy tokens (${active.total})`}</h3>
        {active.items.length === 0 ? (
          <NoTokens search={search} />
        ) : (
          <ActiveTokens visit={visit} owner={ownerOf(visit.facts)} tokens={tokens} />
        )}
        <Pagination {...active} what="tokens" query={visit.query} fragment={SECTION} />
      </section>
      {fromGroups.total > 0 ? <GroupTokens visit={visit} tokens={tokens} /> : null}
      {inactive.total > 0 ? (
        <Fold
          title={`Inactive deploy tokens (${inactive.total})`}
          open={visit.query.has(INACTIVE_PAGE) || (search !== '' && active.total === 0)}
        >
          <InactiveTokens visit={visit} tokens={tokens} />
        </Fold>
      ) : null}
    </>
  );
}

/** Finds a token among many, in all the lists. */
function TokenSearch({ search, sort }: { search: string; sort: string | null }) {
  return (
    <SearchForm
      label="Search deploy tokens"
      placeholder="Name or user name"
      action={`#${SECTION}`}
      search={search}
      kept={{ sort }}
    />
  );
}

/** After a reload of the answer to the form, which sends it again: the secret was in that answer alone. */
function MadeBefore({ visit, token }: { visit: Visit<ProjectFacts | GroupFacts>; token: DeployToken | null }) {
  return (
    <SentAlready what={token?.name}>
      {token ? <OneToken visit={visit} owner={ownerOf(visit.facts)} token={token} /> : null}
    </SentAlready>
  );
}

const ABOUT = {
  project:
    'Credentials for machines. Depending on its scopes, a deploy token clones this project, or pulls and pushes its images and packages. It belongs to the project, not to its creator.',
  group:
    'Credentials for machines. Depending on its scopes, a deploy token reaches every project in this group and its subgroups. It belongs to the group, not to its creator.',
};

function NoTokens({ search }: { search: string }) {
  return search === '' ? (
    <EmptyState title="No active deploy tokens">
      <p>Tokens you create above are listed here while they are active.</p>
    </EmptyState>
  ) : (
    <EmptyState title={`No active tokens match “${search}”`}>
      <p>The search covers names and user names.</p>
    </EmptyState>
  );
}

/** After a revocation, if what the address says was revoked is. */
function Revoked({ token }: { token: DeployToken | null }) {
  return token && token.revokedAt !== null ? (
    <Notice kind="good">
      <strong>{token.name}</strong> was revoked. It no longer works.
    </Notice>
  ) : null;
}
