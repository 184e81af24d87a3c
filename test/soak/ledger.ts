/** A write that a server said was done: whatever happens to the server then, it must be there. */
export type Acknowledged =
  | { kind: 'project'; id: number; path: string }
  | { kind: 'token'; id: number; projectPath: string; username: string; secret: string }
  | { kind: 'object'; projectPath: string; oid: string; size: number }
  | { kind: 'blob'; image: string; digest: string }
  | { kind: 'image'; image: string; tag: string; digest: string; blobs: string[] }
  | { kind: 'npm'; url: string; name: string; version: string; integrity: string }
  | { kind: 'pypi'; index: string; file: string; digest: string }
  | { kind: 'sdist'; index: string; file: string; digest: string }
  | { kind: 'maven'; folder: string; version: string; file: string; digest: string }
  | { kind: 'snapshot'; folder: string; version: string; file: string; number: number; digest: string }
  | { kind: 'file'; url: string; digest: string }
  | { kind: 'push'; projectPath: string; ref: string; commit: string }
  | { kind: 'deletion'; projectPath: string; ref: string };

export type Kind = Acknowledged['kind'];

/** Acknowledged writes in order, and unexpected responses of the server. */
export interface Ledger {
  acknowledged: Acknowledged[];
  /** Answers of a living server that were neither the write nor the end of the connection. */
  surprises: string[];
}

/** Numbers that look random and are the same for the same seed. mulberry32. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
