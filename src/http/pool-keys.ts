import { subnetOf } from '../lib/subnet.ts';
import type { RequestContext } from './route.ts';

/** The keys of a request in a pool that is shared fairly: its credential, if it has one, and its address. */
export function poolKeysOf({ credential: { kind, id }, ip }: Pick<RequestContext, 'credential' | 'ip'>): string[] {
  const address = `address ${subnetOf(ip)}`;
  return id === null ? [address] : [`${kind} ${id}`, address];
}
