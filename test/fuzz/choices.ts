import { randomFrom } from '../soak/ledger.ts';

/** Texts that parsers tend to treat in a way of their own. */
const ODD_TEXTS = [
  '',
  ' ',
  '.',
  '..',
  '../',
  '/',
  '//',
  '\\',
  '%2f',
  '%2e%2e',
  '%',
  '%00',
  '\0',
  '\r\n',
  '\t',
  '"',
  "'",
  '<',
  '&',
  ';',
  '=',
  ',',
  ':',
  '+',
  '*',
  '-1',
  '0',
  '00',
  '1e999',
  '0x10',
  'NaN',
  '9007199254740993',
  '999999999999999999999',
  'null',
  'true',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '\u202e',
  '\ud800',
  '\ufeff',
  '\u2028',
  'ſ',
  'İ',
  'ﬀ',
  'e\u0301',
  '🦝',
  '\u007f',
  '{',
  '}',
  '[',
  ']',
  '(',
  ')',
  '\\u0000',
  'a'.repeat(300),
];

/** The random choices that make one input of a fuzzer: the same seed makes the same choices. */
export class Choices {
  readonly #random: () => number;
  /** The input, for the report of a fault. */
  input: unknown;

  constructor(seed: number) {
    this.#random = randomFrom(seed);
  }

  /** A whole number from 0 to before `end`. */
  below(end: number): number {
    return Math.floor(this.#random() * end);
  }

  /** True in this share of cases, from 0 to 1. */
  chance(share: number): boolean {
    return this.#random() < share;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  /** At most so many of what `make` makes. */
  several<T>(most: number, make: () => T): T[] {
    return Array.from({ length: this.below(most + 1) }, make);
  }

  /** At least one, joined. */
  words(most: number, make: () => string, glue = ''): string {
    return [make(), ...this.several(most - 1, make)].join(glue);
  }

  oddText(): string {
    return this.pick(ODD_TEXTS);
  }

  bytes(most: number): Buffer<ArrayBuffer> {
    return Buffer.from(Uint8Array.from({ length: this.below(most + 1) }, () => this.below(256)));
  }

  digits(most: number): string {
    return this.words(most, () => String(this.below(10)));
  }

  hex(length: number): string {
    return Array.from({ length }, () => this.below(16).toString(16)).join('');
  }

  /** Remembers an input, and returns it. */
  try<T>(input: T): T {
    this.input = input;
    return input;
  }
}
