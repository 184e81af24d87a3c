import type { Services } from './domain/services.ts';
import type { Links } from './http/links.ts';
import type { PackageType } from './http/packages/package-type.ts';
import type { Protocol } from './http/route.ts';
import { generic } from './protocols/generic/index.ts';
import { maven } from './protocols/maven/index.ts';
import { npm } from './protocols/npm/index.ts';
import { pypi } from './protocols/pypi/index.ts';

/** All package types. A new type is its folder under protocols/ and an entry here. */
export const PACKAGE_TYPES: readonly PackageType[] = [generic, maven, npm, pypi];

/**
 * A protocol for each type. @param limit the largest file that the server is set to, in bytes; null: the limit of the
 * type.
 */
export function packageProtocols(
  types: readonly PackageType[],
  services: Services,
  links: Links,
  limit: number | null,
): Protocol[] {
  return types.map((type) => ({
    name: type.type,
    usageName: type.type,
    ignoresTrailingSlash: true,
    credentials: { deployTokens: true, passwords: true, exactUsername: false },
    headers: { 'Cache-Control': 'no-store' },
    ...type.protocol(services, { links, maxBytes: Math.min(limit ?? type.maxBytes, type.maxBytes) }),
  }));
}
