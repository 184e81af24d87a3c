import type { Actor } from '../authz/actor.ts';
import { decide } from '../authz/decide.ts';
import type { Permission } from '../authz/permissions.ts';
import type { Facts } from '../domain/access/facts.ts';
import type { AuditAuthor } from '../domain/audit/author.ts';
import type { Connection } from './connection.ts';
import type { RequestLog } from './request-log.ts';
import { Denied, type RequestContext } from './route.ts';

interface Parts {
  request: Request;
  connection: Connection;
  params: Record<string, string>;
  query: URLSearchParams;
  actor: Actor;
  facts: Facts | null;
  ip: string;
  log: RequestLog;
}

/** Puts together what a handler is given. */
export function createRequestContext({
  request,
  connection,
  params,
  query,
  actor,
  facts,
  ip,
  log,
}: Parts): RequestContext {
  // Not logged: a "no" here may only mean that less is shown. One that ends the request is, where it is answered.
  const permitOn = (target: Facts, permission: Permission) => decide(actor, permission, target);
  const permit = (permission: Permission) => permitOn(facts ?? { on: 'instance' }, permission);
  const requireOn = (target: Facts, permission: Permission) => {
    const decision = permitOn(target, permission);
    if (!decision.allow) throw new Denied(decision);
  };
  return {
    request,
    params,
    query,
    actor,
    facts,
    id: log.id,
    ip,
    author: auditAuthorOf(actor, ip, log.id),
    permit,
    permitOn,
    require: (permission) => requireOn(facts ?? { on: 'instance' }, permission),
    requireOn,
    track: (body) => log.track(body),
    disableIdleTimeout: () => connection.disableIdleTimeout(),
    note: (fields) => log.note(fields),
  };
}

function auditAuthorOf(actor: Actor, ip: string, requestId: string): AuditAuthor {
  switch (actor.kind) {
    case 'user':
      return { kind: 'user', id: actor.id, name: actor.username, ip, requestId };
    case 'deployToken':
      return { kind: 'deployToken', id: actor.token.id, name: actor.token.name, ip, requestId };
    default:
      return { kind: 'anonymous', id: null, name: 'anonymous', ip, requestId };
  }
}
