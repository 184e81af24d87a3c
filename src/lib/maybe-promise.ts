/** A value that is there already, or will be. */
export type MaybePromise<T> = T | Promise<T>;

/**
 * Goes on with a value: at once where it is there, as what SQLite is asked for always is. To await it all the same, in
 * one function after the other, costs a request more than the answers themselves.
 */
export function thenMaybe<T, U>(value: MaybePromise<T>, next: (value: T) => MaybePromise<U>): MaybePromise<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}
