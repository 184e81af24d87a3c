import { defined } from './defined.ts';

/**
 * The few kinds of failure that a person caused and can mend. Anything else that is thrown is a fault of
 * ours: it is logged once and answered with a fixed 500. Each protocol renders these in its protocol's own shape.
 */
export type ErrorKind =
  | 'invalid' // what was sent cannot be understood or breaks a rule: 400
  | 'unauthenticated' // no or wrong credentials: 401
  | 'forbidden' // known, visible, not allowed: 403
  | 'over_quota' // allowed, but there is no room left for it: 403, as clients try again after what sounds like our trouble
  | 'not_found' // not there, or not to be seen: 404
  | 'method_not_allowed' // there, but not with this verb: 405
  | 'not_acceptable' // in no form that the caller reads: 406
  | 'timeout' // did not arrive in time: 408
  | 'conflict' // something else has that name or changed meanwhile: 409
  | 'too_large' // over a limit: 413
  | 'unsupported_media' // the content type is not one we read: 415
  | 'unprocessable' // understood, but cannot be done: 422
  | 'not_implemented' // switched off on this server: 501
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
   * What the error is about, as a short noun: `project`, `deploy token`. Protocols whose protocol has words of its own
   * for errors choose by it.
   */
  subject?: string;
  /** Which rule was broken, for protocols that render models' errors and parameters' errors differently. */
  part?: 'parameter' | 'rule';
  /** The input field that is wrong, named as in the REST API: `name`, `expires_at`. Pages show the error beside it. */
  field?: string;
  /** What would have been right, where the message has a protocol's fixed words. */
  hint?: string;
  /** After how many seconds to try again. */
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

/** A parameter of the request is missing or malformed; the message names it, the hint says what is taken. */
export const invalidParameter = (message: string, hint?: string) =>
  new PosternError('invalid', message, { part: 'parameter', ...defined({ hint }) });
/** A rule of the domain is broken; the message is a sentence for the person who asked. */
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
