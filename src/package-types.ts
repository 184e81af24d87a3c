import type { Services } from './domain/services.ts';
import type { Links } from './http/links.ts';
import type { Protocol } from './http/route.ts';
import type { PackageKind } from './http/setup.ts';
import { generic } from './protocols/generic/index.ts';
import { maven } from './protocols/maven/index.ts';
import { npm } from './protocols/npm/index.ts';
import { pypi } from './protocols/pypi/index.ts';

/** What is to be known of a type of packages outside its protocol. */
export interface PackageType extends PackageKind {
  /** The largest file, in bytes, unless the server is set to less. */
  maxBytes: number;
  /** How it brings a name, or a pattern of names, to the form in which it compares them; left out: as it is. */
  foldName?: (name: string) => string;
  protocol(services: Services, options: { links: Links; maxBytes: number }): Protocol;
}

/** All types. A new one is its folder under protocols/ and a line here. */
export const PACKAGE_TYPES: readonly PackageType[] = [generic, maven, npm, pypi];

/** For the rules of projects, which speak of names in any way of writing them. */
export const foldOf = (type: string) =>
  PACKAGE_TYPES.find((each) => each.type === type)?.foldName ?? ((name: string) => name);

/** A protocol for each type. @param limit what the server is set to; null: each type's own. */
export function packageProtocols(services: Services, links: Links, limit: number | null): Protocol[] {
  return PACKAGE_TYPES.map((type) => ({
    ...type.protocol(services, { links, maxBytes: Math.min(limit ?? type.maxBytes, type.maxBytes) }),
    usageName: type.type,
    headers: { 'Cache-Control': 'no-store' },
  }));
}
