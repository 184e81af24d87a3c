/** `T` with the properties that may be undefined as optional ones. */
type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/**
 * A copy without the properties whose value is undefined: with `exactOptionalPropertyTypes` an optional property may be
 * absent, but not undefined.
 */
export function defined<T extends object>(object: T): Defined<T>;
export function defined(object: Record<string, unknown>): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const key in object) if (object[key] !== undefined) copy[key] = object[key];
  return copy;
}
