/** @jsxImportSource hono/jsx */
import type { GroupFacts, ProjectFacts } from '../../../domain/access/facts.ts';
import type { DeployToken } from '../../../domain/deploy-tokens/token.ts';
import type { DayOfUse } from '../../../domain/usage/usage-counts.ts';
import type { Page, Visit } from '../../page.ts';
import { PageHeader } from '../../views/page-header.tsx';
import { Scopes } from '../../views/scopes.tsx';
import { Time } from '../../views/time.tsx';
import { UsagePlot } from '../../views/usage-plot.tsx';
import { ownerOf } from '../repository-settings/owner.ts';

interface ShownToken {
  token: DeployToken;
  /** The user name of who made it. */
  creator: string | null;
  days: readonly DayOfUse[];
}

/** A deploy token: what it may do, and how much it is used. Never its secret. */
export function tokenPage(visit: Visit<ProjectFacts | GroupFacts>, { token, creator, days }: ShownToken): Page {
  const owner = ownerOf(visit.facts);
  const body = (
    <PageHeader visit={visit} tab="Settings" subtab="Repository">
      <section class="card stack" aria-labelledby="token">
        <div class="row spread">
          <h2 id="token">{token.name}</h2>
          <a class="small" href={owner.page()}>
            All deploy tokens
          </a>
        </div>
        <Facts token={token} creator={creator} now={visit.now} />
      </section>
      <section class="card stack" aria-labelledby="usage">
        <h2 id="usage">{`Requests of the last ${days.length} days`}</h2>
        <UsagePlot days={days} />
      </section>
    </PageHeader>
  );
  return { title: `${token.name} · ${owner.path}`, body };
}

function Facts({ token, creator, now }: { token: DeployToken; creator: string | null; now: number }) {
  const { username, scopes, createdAt, expiresAt, revokedAt, lastUsed } = token;
  const over = expiresAt !== null && expiresAt <= now;
  return (
    <dl class="facts small">
      <dt>User name</dt>
      <dd>
        <code>{username}</code>
      </dd>
      <dt>Scopes</dt>
      <dd>
        <Scopes scopes={scopes} />
      </dd>
      <dt>Created</dt>
      <dd>
        <Time at={createdAt} />
        {creator === null ? null : ` by ${creator}`}
      </dd>
      <dt>{over ? 'Expired' : 'Expires'}</dt>
      <dd>{expiresAt === null ? 'Never' : <Time at={expiresAt} />}</dd>
      {revokedAt === null ? null : (
        <>
          <dt>Revoked</dt>
          <dd>
            <Time at={revokedAt} />
          </dd>
        </>
      )}
      <dt>Last used</dt>
      <dd>
        {lastUsed === null ? 'Never' : <Time at={lastUsed.at} />}
        {lastUsed === null ? null : ` by ${lastUsed.protocol} from ${lastUsed.ip}`}
      </dd>
    </dl>
  );
}
