import type { Actor } from '../authz/actor.ts';
import type { Viewer } from '../authz/actor-kinds.ts';
import type { Decision, Denial } from '../authz/decision.ts';
import type { Permission } from '../authz/permissions.ts';
import type { Confirm } from '../domain/access/confirm.ts';
import type { CredentialRef } from '../domain/access/credential-ref.ts';
import type { Facts, GroupFacts, InstanceFacts, MissingFacts, ProjectFacts } from '../domain/access/facts.ts';
import type { Resource } from '../domain/access/resource.ts';
import type { AuditAuthor } from '../domain/audit/author.ts';
import type { CredentialPolicy } from '../gate/authenticate.ts';
import type { Credential } from '../gate/credentials.ts';
import type { Caller, Found } from '../gate/gate.ts';
import type { MaybePromise } from '../lib/maybe-promise.ts';
import type { RouteDoc } from './route-doc.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Open to everyone, whatever they present; `why` says what makes that right. */
export interface OpenAccess {
  on: 'anyone';
  why: string;
}

/** A permission on the server itself. */
export interface InstanceAccess {
  on: 'instance';
  permission: Permission;
}

type TargetFacts<On extends 'project' | 'group'> = On extends 'project' ? ProjectFacts : GroupFacts;

/** Finds what a row is about in a way of its protocol's own: by the name of an image, by the job of a runner. */
export interface AccessResolver<On extends 'project' | 'group'> {
  /** For the table of all rows. */
  name: string;
  /** @throws PosternError for parameters that are invalid for every caller. */
  find(
    params: Readonly<Record<string, string>>,
    caller: Caller,
  ): MaybePromise<Found & { target: TargetFacts<On> | MissingFacts }>;
}

/** A permission on the project or group that a path parameter names. */
export interface TargetAccess<On extends 'project' | 'group'> {
  on: On;
  permission: Permission;
  /**
   * `id`: a number, or a full path with its slashes escaped. `path`: a full path as it is. `repository`: the same with
   * `.git` behind it. Or a way of the protocol's own.
   */
  by: 'id' | 'path' | 'repository' | AccessResolver<On>;
  param: string;
  /** The part of the target that the address names, where `by` is no resolver. Null: the address names none. */
  resource?: (params: Readonly<Record<string, string>>) => Resource | null;
}

export type Access = OpenAccess | InstanceAccess | TargetAccess<'project'> | TargetAccess<'group'>;

interface Row<A extends Access, F> {
  method: Method;
  /** A pattern as `compilePattern` reads it: `/api/v4/projects/:id`, `/:repo{.+\\.git}/info/refs`. */
  path: string;
  /**
   * The row is for requests with exactly this value of a query parameter. Two rows, two permissions; never one row and
   * a look at the query.
   */
  query?: { name: string; value: string };
  access: A;
  handler: (context: RequestContext<F>) => Response | Promise<Response>;
  /** The row takes every address that is left: to other methods such an address is one that there is nothing at. */
  catchAll?: true;
  /** The row's `PUT` takes a part of something, as `Content-Range` says. Others refuse that header. */
  takesRange?: true;
  /**
   * Clients are slow here for good reasons, such as git while it compresses: the minimum rate and the deadline of
   * bodies and responses do not hold, but limits of the row's own.
   */
  slow?: true;
  /** For the OpenAPI document. Every row of the API has one. */
  doc?: RouteDoc;
}

/** One row of the route table. A row without `access` does not compile. */
export type Route =
  | Row<OpenAccess, null>
  | Row<InstanceAccess, InstanceFacts>
  | Row<TargetAccess<'project'>, ProjectFacts>
  | Row<TargetAccess<'group'>, GroupFacts>;

/** One request on its way, with who asks and what was found out. */
export interface RequestContext<F = Facts | null> {
  request: Request;
  /**
   * The body of the request, as `OpenBodies` returns it. A handler that does not read a body whole reads this one, and
   * not the body of `request`.
   */
  readonly body: AsyncIterable<Uint8Array> | null;
  /** The method and path of the matched row, as in the table of routes: `GET /api/v4/projects/:id`. */
  readonly row: string;
  /** Path parameters, decoded once. */
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  actor: Actor;
  facts: F;
  /** The part of what the row is about that is asked for; null: all of it. */
  resource: Resource | null;
  id: string;
  ip: string;
  /** The author for the audit log. */
  author: AuditAuthor;
  /** The user who asks; null: the actor is no user, and has no role. */
  userId: number | null;
  /** The actor as lists see it: whose roles count, and whether it sees everything. */
  viewer: Viewer;
  /** The credential of the actor. */
  credential: CredentialRef;
  /** The user name that protocols show. */
  username: string;
  /**
   * Decides the row's access again, and everything that the handler required: for a change that the handler makes, in
   * its transaction. Functions of the domain that change something take the whole context as `Authorised`.
   */
  confirm: Confirm;
  /** `confirm`, for one change of several that the handler makes, each on a target of its own. */
  confirmOn(facts: Facts, permission: Permission): Confirm;
  /** Asks for a further permission on what this row is about. */
  permit(permission: Permission): Decision;
  /** The same, and ends the request when the answer is no. `confirm` decides it again. */
  require(permission: Permission): void;
  /**
   * The same questions on something else that the request names: where a project is moved to, what an image is mounted
   * from.
   */
  permitOn(facts: Facts, permission: Permission, resource?: Resource): Decision;
  requireOn(facts: Facts, permission: Permission, resource?: Resource): void;
  /** Counts and logs a body that is streamed; the log line is written when it ends. */
  track(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array>;
  /** The connection may be silent for as long as it takes: for work that has limits of its own. */
  disableIdleTimeout(): void;
  /** Adds fields to the request's log line. Never a secret. */
  note(fields: Record<string, string | number | boolean>): void;
}

/** Why a request was not done: what every protocol renders in its protocol's own shape. */
export interface Problem {
  status: number;
  /** A word for logs. */
  reason: string;
  /** A sentence for a person. */
  message: string;
  retryAfterSeconds: number;
  /** The subject of a PosternError. */
  subject?: string;
  part?: 'parameter' | 'rule';
  /** The input field that was wrong. */
  field?: string;
  /** Set when a decision was the cause. */
  denial?: Denial;
  /** Set when the credential was the cause. */
  credential?: string;
  /** The correct form, where the message has a protocol's fixed text. */
  hint?: string;
  /** The methods that the address takes, when the method was the cause. */
  allow?: readonly string[];
}

/** The row that a request was for, with its path parameters. */
export interface Matched {
  route: Route;
  params: Readonly<Record<string, string>>;
}

/** A protocol, or the API, or the pages: routes that share how they sign in and how they say no. */
export interface Protocol {
  name: string;
  /** The protocol name in usage plots; absent if not counted. */
  usageName?: string;
  routes: readonly Route[];
  /** Also answers for addresses that start like this and have no row. */
  prefix?: string;
  credentials: CredentialPolicy;
  /**
   * Where the protocol's clients put a credential when it is not in a header. Null: there is none; the headers are
   * looked at.
   */
  credentialOf?(request: Request): Promise<Credential | null>;
  /** Also answers on the host that the container registry may have for itself; there nothing else does. */
  onRegistryHost?: true;
  /** A slash at the end of an address means nothing, where no row says otherwise. */
  ignoresTrailingSlash?: true;
  /** Default headers of this protocol's responses. */
  headers?: Readonly<Record<string, string>>;
  /**
   * The answer to a request that was not done. The problem of a fault of ours holds nothing of its cause.
   * @param matched absent when no row is for the address.
   * @param caller the caller, as far as known: the page is rendered for them.
   */
  render(problem: Problem, request: Request, requestId: string, matched: Matched | undefined, caller: Actor): Response;
}

export { Denied } from '../authz/denied.ts';
export { basicCredential, typedPassword } from '../gate/credentials.ts';
export type { Caller };
