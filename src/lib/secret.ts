/**
 * A value that must not be printed. Templates, JSON and the console show `[secret]`; only `reveal` gives it out,
 * so a search for `reveal(` finds every place a secret can leave through.
 */
export class Secret<T = string> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]';
  }
}
