import type { CredentialRef } from '../domain/access/credential-ref.ts';
import type { Facts } from '../domain/access/facts.ts';
import type { Origin } from '../domain/access/resource.ts';
import type { DeployTokens } from '../domain/deploy-tokens/deploy-tokens.ts';
import type { PersonalTokens } from '../domain/personal-tokens/personal-tokens.ts';
import type { Sessions } from '../domain/sessions/sessions.ts';
import type { UsageCounts, UsageSubject } from '../domain/usage/usage-counts.ts';

export interface UseDeps {
  deployTokens: Pick<DeployTokens, 'usage'>;
  personalTokens: Pick<PersonalTokens, 'usage'>;
  sessions: Pick<Sessions, 'usage'>;
  usage: Pick<UsageCounts, 'note'>;
}

type Note = (deps: UseDeps, id: number, origin: Origin) => void;

/** Nothing keeps when it was last used. */
const NOTHING: Note = () => {};

/** How the last use of each kind of credential is noted: a kind that is not here does not compile. */
const NOTES: Record<CredentialRef['kind'], Note> = {
  deployToken: ({ deployTokens }, id, { ip, protocol }) => deployTokens.usage.note(id, { ip, protocol }),
  personalToken: ({ personalTokens }, id) => personalTokens.usage.note(id, {}),
  session: ({ sessions }, id, { ip }) => sessions.usage.note(id, { ip }),
  user: NOTHING,
  job: NOTHING,
  anonymous: NOTHING,
};

/** Notes the last use of a credential. */
export function noteUse(deps: UseDeps, { kind, id }: CredentialRef, origin: Origin): void {
  if (id !== null) NOTES[kind](deps, id, origin);
}

/** For which kinds of credential requests are counted. */
const COUNTED: Record<CredentialRef['kind'], UsageSubject | null> = {
  deployToken: 'token',
  personalToken: null,
  session: null,
  user: null,
  job: null,
  anonymous: null,
};

/** Counts an admitted request for its deploy token and its project. */
export function countUse({ usage }: UseDeps, used: CredentialRef, target: Facts, protocol: string): void {
  const counted = COUNTED[used.kind];
  if (counted !== null && used.id !== null) usage.note(counted, used.id, protocol);
  if (target.on === 'project') usage.note('project', target.project.id, protocol);
}
