import type { PackageBehaviour } from '../../domain/packages/package-behaviour.ts';
import type { Services } from '../../domain/services.ts';
import type { Links } from '../links.ts';
import type { Protocol } from '../route.ts';
import type { PackageKind } from '../setup.ts';

/**
 * The descriptor of a package type: what the pages show (`PackageKind`), what the domain does (`PackageBehaviour`) and
 * the protocol of its clients.
 */
export interface PackageType extends PackageKind, PackageBehaviour {
  /** The largest file in bytes; a setting of the server may lower it. */
  maxBytes: number;
  /** The rest is the same for all types, unless it is stated here: see `packageProtocols`. */
  protocol(
    services: Services,
    options: { links: Links; maxBytes: number },
  ): Pick<Protocol, 'routes' | 'render'> & Partial<Protocol>;
}
