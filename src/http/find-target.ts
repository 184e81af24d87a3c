import type { Facts, Access as FactsAccess } from '../domain/access/facts.ts';
import type { Caller, Found } from '../gate/gate.ts';
import { type MaybePromise, thenMaybe } from '../lib/maybe-promise.ts';
import type { Access, OpenAccess } from './route.ts';

const SERVER: Found = { target: { on: 'instance' }, resource: null };

/** Finds what a row is about, as its access says. */
export function findTarget(
  access: Pick<FactsAccess, 'project' | 'group'>,
  row: Exclude<Access, OpenAccess>,
  params: Readonly<Record<string, string>>,
  caller: Caller,
): MaybePromise<Found> {
  if (row.on === 'instance') return SERVER;
  if (typeof row.by === 'object') return row.by.find(params, caller);
  return thenMaybe(access[row.on](referenceOf(row.by, params[row.param] ?? ''), caller.userId), (target: Facts) => ({
    target,
    resource: row.resource?.(params) ?? null,
  }));
}

function referenceOf(by: 'id' | 'path' | 'repository', text: string): number | string {
  if (by === 'id' && /^\d{1,15}$/.test(text)) return Number(text);
  if (by === 'id') return text;
  // Clients put `//` together from a base that ends with a slash; most proxies make one slash of it.
  const path = text.replace(/^\/+/, '').replace(/\/{2,}/g, '/');
  return by === 'repository' ? path.replace(/\.git$/, '') : path;
}
