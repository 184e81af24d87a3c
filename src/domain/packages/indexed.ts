import type { IndexedProperty } from '../../store/tables/indexed-properties.ts';

/** In characters. PostgreSQL refuses an index entry of more than 2704 bytes. */
const MAX_VALUE = 255;

/**
 * @throws Error when a type derives a value that is too long for the index: it should shorten it, or index a digest of
 * it.
 */
export function checkIndexed(properties: readonly IndexedProperty[]): readonly IndexedProperty[] {
  for (const [name, value] of properties)
    if (name.length > MAX_VALUE || value.length > MAX_VALUE)
      throw new Error(`the indexed property ${name.slice(0, 50)} is longer than ${MAX_VALUE} characters`);
  return properties;
}
