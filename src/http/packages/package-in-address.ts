import type { PackageName } from '../../domain/access/resource.ts';

/** Finds the package that an address names, by its parameters. Null: the address names none. */
export type PackageInAddress = (params: Readonly<Record<string, string>>) => { package: PackageName } | null;

/** In characters: no type has longer names. A longer one is refused by the handler of the row. */
const MAX_NAME = 255;

/**
 * Makes the finder of a package type for the rows whose address has the name of a package.
 * @param nameIn the name in the address, as it is written; null: the address has none.
 * @param foldName `foldName` of the type.
 */
export function packageInAddress(
  type: string,
  nameIn: (params: Readonly<Record<string, string>>) => string | null | undefined,
  foldName: (name: string) => string = (name) => name,
): PackageInAddress {
  return (params) => {
    const name = nameIn(params) ?? '';
    return name === '' || name.length > MAX_NAME ? null : { package: { type, name, key: foldName(name) } };
  };
}
