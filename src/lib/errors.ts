import { defined } from './defined.ts';

/**
 * The kinds of errors that a request can cause and its sender can correct. Any other error is a fault of the server: it
 * is logged once and answered with a fixed 500. Each protocol renders these in its own form.
 */
export type ErrorKind =
  | 'invalid' // malformed, or breaks a rule: 400
  | 'unauthenticated' // no or wrong credentials: 401
  | 'forbidden' // authenticated, visible, not allowed: 403
  | 'over_quota' // allowed, but over the quota: 403, because clients retry after a 5xx
  | 'not_found' // does not exist, or is hidden from the actor: 404
  | 'method_not_allowed' // exists, but not with this method: 405
  | 'not_acceptable' // no representation that the client accepts: 406
  | 'timeout' // the request did not arrive in time: 408
  | 'conflict' // the name is taken, or the state has changed: 409
  | 'too_large' // over a limit: 413
  | 'unsupported_media' // unknown content type: 415
  | 'unprocessable' // well-formed, but cannot be done: 422
  | 'not_implemented' // disabled on this server: 501
  | 'unavailable'; // too busy or stopping: 503

const STATUS_OF: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  over_quota: 403,
  not_found: 404,
  method_not_allowed: 405,
  not_acceptable: 406,
  timeout: 408,
  conflict: 409,
  too_large: 413,
  unsupported_media: 415,
  unprocessable: 422,
  not_implemented: 501,
  unavailable: 503,
};

export interface ErrorDetail {
  /**
   * The subject of the error, as a short noun: `project`, `deploy token`. Protocols that have their own error codes
   * choose by it.
   */
  subject?: string;
  /** Which rule was broken, for protocols that render models' errors and parameters' errors differently. */
  part?: 'parameter' | 'rule';
  /** The input field that is wrong, named as in the REST API: `name`, `expires_at`. Pages show the error beside it. */
  field?: string;
  /** The correct form, where the message has a fixed text of the protocol. */
  hint?: string;
  /** When to retry, in seconds. */
  retryAfterSeconds?: number;
}

export class PosternError extends Error {
  override readonly name = 'PosternError';
  readonly kind: ErrorKind;
  readonly detail: ErrorDetail;

  constructor(kind: ErrorKind, message: string, detail: ErrorDetail = {}) {
    super(message);
    this.kind = kind;
    this.detail = detail;
  }

  get field(): string | undefined {
    return this.detail.field;
  }

  get status(): number {
    return STATUS_OF[this.kind];
  }
}

/** A parameter is missing or malformed; the message names it, the hint says which values are accepted. */
export const invalidParameter = (message: string, hint?: string) =>
  new PosternError('invalid', message, { part: 'parameter', ...defined({ hint }) });
/** A rule of the domain is broken; the message is a sentence for the user. */
export const ruleBroken = (message: string, subject?: string) =>
  new PosternError('invalid', message, { part: 'rule', ...defined({ subject }) });
export const unauthenticated = (message: string) => new PosternError('unauthenticated', message);
export const forbidden = (message: string) => new PosternError('forbidden', message);
export const overQuota = (message: string) => new PosternError('over_quota', message);
export const notFound = (subject: string) => new PosternError('not_found', `${subject} not found`, { subject });
export const methodNotAllowed = (message: string) => new PosternError('method_not_allowed', message);
export const conflict = (message: string, subject?: string) =>
  new PosternError('conflict', message, defined({ subject }));
export const tooSlow = (message: string) => new PosternError('timeout', message);
export const tooLarge = (message: string) => new PosternError('too_large', message);
export const notAcceptable = (message: string) => new PosternError('not_acceptable', message);
export const unsupportedMedia = (message: string) => new PosternError('unsupported_media', message);
export const notImplemented = (message: string) => new PosternError('not_implemented', message);
export const unprocessable = (message: string) => new PosternError('unprocessable', message);
export const unavailable = (message: string, retryAfterSeconds: number) =>
  new PosternError('unavailable', message, { retryAfterSeconds });

/** The same error, attributed to one input field. */
export const inField = (field: string, { kind, message, detail }: PosternError) =>
  new PosternError(kind, message, { ...detail, field });
