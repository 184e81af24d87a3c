import type { TestApp } from '../../support/app.ts';

/** The requests of a type's clients, for the contract. */
export interface PackageSample {
  type: string;
  /** A request that publishes these bytes, or a package with them in it. */
  publish(what: Published): Ask | Promise<Ask>;
  /** The name of a package that is requested by this name, where that is not the same. */
  fullName?(name: string): string;
  /** Another way to write a name, or a pattern, that the type takes for the same. */
  otherSpelling?(name: string): string;
  /** The address of the file that it published, below `/api/v4`. */
  file(what: Published): string;
  /** Addresses of lists or documents that show the package, below `/api/v4`. */
  reads(what: Published): string[];
  /** The address of the document that lists all versions, below `/api/v4`; absent: the type has none. */
  index?(what: Published): string;
  /** Its address at group level, below `/api/v4`; absent if the type has none. */
  inGroup?(group: number | string, what: Published): string[];
  /** Its address at instance level, below `/api/v4`, and the package name required for it. */
  anywhere?: { name(projectPath: string): string; reads(what: Published): string[] };
  /** Requests that change what is installed of a version that is there. */
  changes(what: Published): Ask[] | Promise<Ask[]>;
  /** Whether a deploy token in Basic is taken under its own user name alone. */
  exactUsername: boolean;
  /** The response to a forbidden second publication of the same name, version and file. */
  duplicate: { status: number; words: string };
  /** The status of the same publication again: a client repeats it when it did not receive the response. */
  repeated: number;
  /** The response to a publication into a full project, and the body field that its client shows. */
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

/** Sends a sample's request, with these additional headers. */
export async function ask(
  app: TestApp,
  asked: Ask | Promise<Ask>,
  headers: Record<string, string> = {},
): Promise<Response> {
  const { path, init } = await asked;
  return app.fetch(`/api/v4${path}`, { ...init, headers: { ...(init.headers as Record<string, string>), ...headers } });
}
