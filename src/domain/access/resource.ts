import type { AccessLevel } from '../members/roles.ts';

/** A package by its type, its name as it is written, and the form of it that its type compares. */
export interface PackageName {
  type: string;
  name: string;
  key: string;
}

/**
 * The part of a project, a group or the server that is asked for: `{ image: 'group/project/app' }`, `{ ref:
 * 'refs/heads/main' }`; of its members, the highest role that is granted, changed or taken away.
 */
export type Resource =
  | { package: PackageName }
  | { image: string }
  | { ref: string }
  | { path: string }
  | { role: AccessLevel };

/** Where a request comes from. */
export interface Origin {
  ip: string;
  requestId: string;
  /** The protocol of the request: `git`, `registry`, `npm`, `api`. */
  protocol: string;
}
