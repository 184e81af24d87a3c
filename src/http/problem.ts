import type { Denial } from '../authz/decision.ts';
import type { Refusal } from '../gate/gate.ts';
import { defined } from '../lib/defined.ts';
import { notFound, PosternError } from '../lib/errors.ts';
import { Denied, type Problem } from './route.ts';

/**
 * The problem for a thrown value. Null: a fault of ours, to be logged and answered with a fixed 500.
 */
export function problemOf(error: unknown): Problem | null {
  if (error instanceof Denied) return problemOfDenial(error.denial);
  return error instanceof PosternError ? problemOfError(error) : null;
}

function problemOfError(error: PosternError): Problem {
  const { subject, part, field, hint, retryAfterSeconds } = error.detail;
  return {
    status: error.status,
    reason: error.kind,
    message: error.message,
    retryAfterSeconds: retryAfterSeconds ?? 0,
    ...defined({ subject, part, field, hint }),
  };
}

/** Why the gate did not let a request in. */
export function problemOfRefusal({ refused }: Refusal): Problem {
  if ('reveal' in refused) return problemOfDenial(refused);
  const { outcome, message, retryAfterSeconds } = refused;
  const status = retryAfterSeconds > 0 ? 429 : 401;
  return { status, reason: outcome, message, retryAfterSeconds, credential: outcome };
}

function problemOfDenial(denial: Denial): Problem {
  // Another credential's own is answered like nothing, in the words that the protocol has for that.
  if (denial.subject !== undefined) return problemOfError(notFound(denial.subject));
  return { status: denial.reveal, reason: denial.reason, message: denial.message, retryAfterSeconds: 0, denial };
}

export const simpleProblem = (status: number, reason: string, message: string): Problem => ({
  status,
  reason,
  message,
  retryAfterSeconds: 0,
});

export const FAULT = simpleProblem(
  500,
  'internal_error',
  'Something went wrong on the server. The cause is in the server log under this request id.',
);

/** A dependency is unavailable, usually the database during a restart: clients that support 503 try again. */
export const OUTAGE: Problem = {
  ...simpleProblem(503, 'outage', 'The server cannot reach its database or its storage. Try again in a moment.'),
  retryAfterSeconds: 5,
};

/** RFC 4918 section 11.5; clients of LFS know it too. The operator finds the cause in the log. */
export const DISK_FULL: Problem = {
  ...simpleProblem(507, 'disk_full', "The server's disk is full. Nothing was stored."),
  retryAfterSeconds: 60,
};

/** Nobody is there to read the answer; the log shall not call it a fault of ours. */
export const CLIENT_LEFT = simpleProblem(499, 'client_left', 'The client went away.');
