/** A value that is there already, or will be. */
export type Soon<T> = T | Promise<T>;

/**
 * Goes on with a value: at once where it is there, as what SQLite is asked for always is. To await it all the same, in one function
 * after the other, costs a request more than the answers themselves.
 */
export function whenThere<T, U>(value: Soon<T>, next: (value: T) => Soon<U>): Soon<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}
