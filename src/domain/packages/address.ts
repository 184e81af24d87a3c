import type { PackageFileRow } from '../../store/tables/package-files.ts';
import type { PackageRow } from '../../store/tables/packages.ts';

export type Package = PackageRow;
export type PackageFile = PackageFileRow;

/** Which package, by the names that addresses have. */
export interface PackageAddress {
  type: string;
  name: string;
}
