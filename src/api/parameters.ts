import type { z } from 'zod';
import type { RequestContext } from '../http/route.ts';
import { inField, invalidParameter, unauthenticated } from '../lib/errors.ts';
import { fromPairs } from './body.ts';
import { refuseUnsupported } from './unsupported-parameters.ts';

/**
 * Checks parameters against a schema.
 * @throws PosternError with GitLab's words: `name is missing, scopes is missing`, `scopes does not have a valid value`,
 * `x is invalid`; the hint says what would have been right.
 */
export function parseWith<S extends z.ZodType>(schema: S, parameters: Record<string, unknown>): z.output<S> {
  const result = schema.safeParse(parameters);
  if (result.success) return result.data;
  const { issues } = result.error;
  const empty = issues.filter((issue) => issue.code === 'invalid_type' && parameters[nameOf(issue)] === '');
  if (empty.length > 0) return parseWith(schema, without(parameters, empty.map(nameOf)));
  const sentences = issues.map((issue) => {
    const name = nameOf(issue);
    if (parameters[name] === undefined) return `${name} is missing`;
    return NOT_A_VALUE.includes(issue.code) ? `${name} does not have a valid value` : `${name} is invalid`;
  });
  const hints = issues
    .filter((issue) => parameters[nameOf(issue)] !== undefined)
    .map((issue) => `${nameOf(issue)}: ${issue.message}.`);
  const error = invalidParameter([...new Set(sentences)].join(', '), [...new Set(hints)].join(' ') || undefined);
  const [name, ...others] = new Set(issues.map(nameOf));
  throw name === undefined || others.length > 0 ? error : inField(name, error);
}

/** An empty text is no number and no flag: as in GitLab, it is as if it were not sent. */
const without = (parameters: Record<string, unknown>, names: readonly string[]) =>
  Object.fromEntries(Object.entries(parameters).filter(([name]) => !names.includes(name)));

/** Understood, but not one of the values that are taken. */
const NOT_A_VALUE: readonly string[] = ['invalid_value', 'too_small', 'too_big'];

const nameOf = (issue: { path: PropertyKey[] }) => String(issue.path[0] ?? 'body');

/**
 * The query, checked against a schema. A parameter that is there but empty is as if it were not, as in GitLab.
 * @throws PosternError `invalid`, also for a parameter that is not supported.
 */
export function readQuery<S extends z.ZodType>({ query, row }: RequestContext<unknown>, schema: S): z.output<S> {
  const given = fromPairs(query);
  refuseUnsupported(row, given);
  return parseWith(schema, Object.fromEntries(Object.entries(given).filter(([, value]) => value !== '')));
}

/** A whole number in the path. @throws PosternError `<name> is invalid`. */
export function idParameter({ params }: RequestContext<unknown>, name: string): number {
  const text = params[name] ?? '';
  if (!/^\d{1,15}$/.test(text)) throw inField(name, invalidParameter(`${name} is invalid`));
  return Number(text);
}

/** The caller, on rows that need a signed-in user. @throws PosternError unauthenticated for other callers. */
export function signedIn({ actor }: RequestContext<unknown>): Extract<RequestContext['actor'], { kind: 'user' }> {
  if (actor.kind !== 'user') throw unauthenticated('Sign in to do this.');
  return actor;
}
