import type { PackageFileRow } from '../../store/tables/package-files.ts';
import type { PackageRow } from '../../store/tables/packages.ts';

export type Package = PackageRow;
export type PackageFile = PackageFileRow;

/** A package by its type and name, as they are in an address. */
export interface PackageAddress {
  type: string;
  name: string;
}
