import type { DeployTokenScope } from '../domain/deploy-tokens/scopes.ts';

/** The target of a snippet. Everything in it is put in by us and safe to paste: ids, our own URL, a token's name. */
export interface SetupTarget {
  /** The public base URL, without a slash at the end. */
  base: string;
  projectId: number;
  /** Null: there is no group, as for a project in someone's own namespace. */
  groupId: number | null;
  username: string;
  /** The secret, or a placeholder for it. */
  token: string;
}

/** A version of a package that is there: its names are such as its type takes. */
export interface NamedPackage {
  name: string;
  version: string;
  /** One of its files; null: it has none. */
  file: string | null;
}

/** The stored metadata of a version, written by its publisher. */
export interface PackageSaid {
  metadata: Readonly<Record<string, unknown>>;
  /** Of the package as a whole, by name. */
  properties: ReadonlyMap<string, string>;
}

/**
 * The readable description of a version. It is untrusted text, links above all.
 */
export interface PackageAbout {
  description: string;
  /** `License`, `MIT`; a value may be an address. */
  facts: readonly { title: string; value: string }[];
  /** `cut`: it was longer, and that is all that was kept. */
  readme: { text: string; markdown: boolean; cut: boolean } | null;
}

/** The properties of a package type for pages. */
export interface PackageKind {
  /** Its word in addresses and in the database. */
  type: string;
  title: string;
  /** Snippets that set a client up. */
  setup(target: SetupTarget): Snippet[];
  /** Snippets that fetch one version. */
  install(target: SetupTarget, found: NamedPackage): Snippet[];
  /** Absent: nothing is published with a version but its files. */
  about?(said: PackageSaid): PackageAbout;
}

/** Lines to copy into a shell or a file. */
export interface Snippet {
  title: string;
  /** Where the text goes, when it is a file. */
  file?: string;
  language: 'sh' | 'ini' | 'yaml' | 'toml' | 'json' | 'xml' | 'groovy' | 'scala';
  text: string;
  /** Of no use to a token without this scope. Absent: of use to each that may use the protocol at all. */
  needs?: DeployTokenScope;
  /** Of use to a group's token alone. */
  ofGroup?: true;
  /** The reason why no test pastes it into its client, shown to readers. */
  untested?: string;
}

/** A deploy token that has just been made, and what it reaches. */
export interface TokenTarget {
  base: string;
  /** The base URL of the container registry. */
  registry: string;
  username: string;
  token: string;
  scopes: readonly DeployTokenScope[];
  /** The owner of the token. */
  owner: 'project' | 'group';
  /** The project it is for; of a group's token one below it, as an example. Null: there is none yet. */
  project: { id: number; path: string } | null;
  /** The group that the project is in, or whose token it is. Null: there is none, as in someone's own namespace. */
  group: { id: number; path: string } | null;
}

/** Everything to copy for one use of a token: `Git`, `npm packages`. */
export interface TokenSetup {
  title: string;
  snippets: Snippet[];
}

/** The setup of a token: the uses that its scopes allow and the server has enabled. */
export type TokenSetups = (target: TokenTarget) => TokenSetup[];
