import type { Actor } from '../../authz/actor.ts';
import { credentialOf } from '../../authz/actor-kinds.ts';
import type { Facts } from '../../domain/access/facts.ts';
import { unavailable } from '../../lib/errors.ts';
import { createOpenCounts } from '../../lib/open-counts.ts';
import { type PaceLimits, pacedBody } from '../../lib/pace.ts';
import type { Route } from '../route.ts';
import { bodyDigests, compared } from './announced-digests.ts';

/** Which limits hold for a body: those of its sender, and of the project that it is for. */
export interface BodyOrigin {
  route: Pick<Route, 'slow'>;
  actor: Actor;
  ip: string;
  facts: Facts | null;
}

/** The bodies of requests that are streamed. */
export interface OpenBodies {
  pace: PaceLimits;
  /**
   * The body of a request, to be read once; null: it has none. It throws PosternError `timeout` when the client sends
   * it too slowly, `unavailable` when too many bodies are open from the client or for the project, and `invalid` when
   * the digest of its bytes differs from the one that the client announces.
   */
  of(request: Request, origin: BodyOrigin): AsyncIterable<Uint8Array> | null;
}

const RETRY_SECONDS = 30;

/** @param most how many bodies may be open at once of one credential, from one address and for one project. */
export function createOpenBodies(pace: PaceLimits, most: number): OpenBodies {
  const counts = createOpenCounts(most, (name) =>
    unavailable(`Too many uploads are in progress ${WHOSE[name.slice(0, name.indexOf(' '))] ?? ''}`, RETRY_SECONDS),
  );
  return {
    pace,
    of(request, origin) {
      const { body } = request;
      if (origin.route.slow) return body;
      const digests = bodyDigests(request);
      if (body === null) return digests.length === 0 ? null : compared(new Blob([]).stream(), digests);
      return compared(
        pacedBody(body, pace, () => counts.enter(namesOf(origin))),
        digests,
      );
    },
  };
}

const WHOSE: Readonly<Record<string, string>> = {
  address: 'from your address',
  credential: 'with your credential',
  project: 'to this project',
};

function namesOf({ actor, ip, facts }: BodyOrigin): string[] {
  const { kind, id } = credentialOf(actor);
  const names = [`address ${ip}`];
  if (id !== null) names.push(`credential ${kind} ${id}`);
  if (facts?.on === 'project') names.push(`project ${facts.project.id}`);
  return names;
}
