import type { TestApp } from '../../support/app.ts';

/** What the contract needs to know of a type: how its clients ask. */
export interface PackageSample {
  type: string;
  /** A request that publishes these bytes, or a package with them in it. */
  publish(what: Published): Ask | Promise<Ask>;
  /** What a package that is asked for by this name is called, where that is not the same. */
  fullName?(name: string): string;
  /** Another way to write a name, or a pattern, that the type takes for the same. */
  otherSpelling?(name: string): string;
  /** The address of the file that it published, below `/api/v4`. */
  file(what: Published): string;
  /** Addresses of lists or documents that show the package, below `/api/v4`. */
  reads(what: Published): string[];
  /** The address of the document that tells of all versions, below `/api/v4`; absent: the type has none. */
  index?(what: Published): string;
  /** What is read of it at the address of a group, below `/api/v4`; absent: the type has no such addresses. */
  inGroup?(group: number | string, what: Published): string[];
  /** What is read of it without naming a project or group, below `/api/v4`, and the name that it must have for that. */
  anywhere?: { name(projectPath: string): string; reads(what: Published): string[] };
  /** Requests that change what is installed of a version that is there. */
  changes(what: Published): Ask[] | Promise<Ask[]>;
  /** Whether a deploy token in Basic is taken under its own user name alone. */
  exactUsername: boolean;
  /** What a second publication of the same name, version and file is answered with when it is forbidden. */
  duplicate: { status: number; words: string };
  /** What a publication into a full project is answered with, and which field of the body its client shows. */
  full: { status: number; toldIn: string };
  /** Whether it is forbidden by the type itself, or by a rule of the project alone. */
  immutable: boolean;
  /** Names and versions that must be refused with 400, when they are put into an address or body as they are. */
  badNames: readonly string[];
  badVersions: readonly string[];
}

export interface Published {
  /** An id, or a full path. */
  project: number | string;
  name: string;
  version: string;
  content: string;
}

export interface Ask {
  path: string;
  init: RequestInit;
}

export const groupPath = (group: number | string) => `/groups/${encodeURIComponent(group)}/-`;
export const projectPath = (project: number | string) => `/projects/${encodeURIComponent(project)}`;

/** Sends what a sample asks, with these headers besides. */
export async function ask(
  app: TestApp,
  asked: Ask | Promise<Ask>,
  headers: Record<string, string> = {},
): Promise<Response> {
  const { path, init } = await asked;
  return app.fetch(`/api/v4${path}`, { ...init, headers: { ...(init.headers as Record<string, string>), ...headers } });
}
