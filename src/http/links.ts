/**
 * Absolute addresses that we hand out. All of them start with a configured public URL, never with what a `Host` header
 * says.
 */
export interface Links {
  /** The public base URL, without a slash at the end. */
  base(): string;
  /** The base URL of the container registry: the same, unless it has a host of its own. */
  registry(): string;
  /**
   * Whether a request came to the host that the registry has for itself; its `Host` header chooses, and is handed on to
   * nobody.
   */
  isForRegistry(host: string | null): boolean;
  project(fullPath: string): string;
  repository(fullPath: string): string;
  group(fullPath: string): string;
  user(username: string): string;
  /** The image reference for registry clients: host and name, without a scheme. */
  image(name: string): string;
}

/**
 * @param base a function, because with port 0 it is known only after listening.
 * @param registryUrl the base URL of a registry that has a host of its own; null: it has none.
 */
export function createLinks(base: () => string, registryUrl: string | null = null): Links {
  const encode = (path: string) => path.split('/').map(encodeURIComponent).join('/');
  const registry = () => registryUrl ?? base();
  const own = registryUrl === null ? null : new URL(registryUrl);
  return {
    base,
    registry,
    // Made a URL first: letters of either case are one host, and a port that goes without saying may be said.
    isForRegistry: (host) => own !== null && URL.parse(`${own.protocol}//${host}`)?.host === own.host,
    project: (path) => `${base()}/${encode(path)}`,
    repository: (path) => `${base()}/${encode(path)}.git`,
    group: (path) => `${base()}/groups/${encode(path)}`,
    user: (username) => `${base()}/${encodeURIComponent(username)}`,
    image: (name) => `${new URL(registry()).host}/${name}`,
  };
}
