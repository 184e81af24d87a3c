import { parseJson } from './bounded-json.ts';
import { record } from './record.ts';

/**
 * A statement about files that somebody signs.
 * https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
 */
export interface Statement {
  predicateType: string;
  subjects: readonly StatementSubject[];
}

export interface StatementSubject {
  name: string;
  /** In hex, by algorithm: `sha256`. */
  digest: Readonly<Record<string, unknown>>;
}

const MAX_PREDICATE_TYPE = 1000;

/**
 * Parses the statement in the payload of a signed envelope. The signature is not verified.
 * @param payload base64, from an untrusted source.
 * @returns null when it is no statement.
 */
export function parseStatement(payload: unknown): Statement | null {
  if (typeof payload !== 'string') return null;
  const { predicateType, subject } = record(parsed(payload));
  if (typeof predicateType !== 'string' || predicateType.length > MAX_PREDICATE_TYPE || !Array.isArray(subject))
    return null;
  const subjects = subject.map((each) => {
    const { name, digest } = record(each);
    return { name: typeof name === 'string' ? name : '', digest: record(digest) };
  });
  return { predicateType, subjects };
}

function parsed(base64: string): unknown {
  try {
    return parseJson(Buffer.from(base64, 'base64'));
  } catch {
    return null;
  }
}
