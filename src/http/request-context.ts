import { credentialOf, usernameOf, viewerOf } from '../authz/actor-kinds.ts';
import type { Facts } from '../domain/access/facts.ts';
import type { Admission } from '../gate/admission.ts';
import type { OpenBodies } from './bodies/open-bodies.ts';
import type { Connection } from './connection.ts';
import type { RequestLog } from './request-log.ts';
import type { RequestContext, Route } from './route.ts';

interface Parts {
  request: Request;
  connection: Connection;
  route: Pick<Route, 'slow' | 'method' | 'path'>;
  bodies: OpenBodies;
  params: Record<string, string>;
  query: URLSearchParams;
  admission: Admission;
  /** Null: the row is open to everyone. */
  facts: Facts | null;
  log: RequestLog;
}

/** Puts together what a handler is given. */
export function createRequestContext({
  request,
  connection,
  route,
  bodies,
  params,
  query,
  admission,
  facts,
  log,
}: Parts): RequestContext {
  const { actor, resource, origin, author, userId, target } = admission;
  return {
    request,
    get body() {
      return bodies.of(request, { route, actor, ip: origin.ip, facts });
    },
    get row() {
      return `${route.method} ${route.path}`;
    },
    params,
    query,
    actor,
    facts,
    resource,
    id: log.id,
    ip: origin.ip,
    author,
    userId,
    get viewer() {
      return viewerOf(actor);
    },
    get credential() {
      return credentialOf(actor);
    },
    get username() {
      return usernameOf(actor);
    },
    // Not logged: a "no" here may only mean that less is shown. One that ends the request is, where it is answered.
    permit: (permission) => admission.permit(permission),
    permitOn: (on, permission, part) => admission.permitOn(on, permission, part),
    require: (permission) => admission.requireOn(target, permission, resource),
    requireOn: (on, permission, part) => admission.requireOn(on, permission, part),
    confirm: (tx, changed) => admission.confirm(tx, changed),
    confirmOn: (on, permission) => admission.confirmOn(on, permission),
    track: (body) => log.track(body),
    disableIdleTimeout: () => connection.disableIdleTimeout(),
    note: (fields) => log.note(fields),
  };
}
