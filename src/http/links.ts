/** Absolute addresses that we hand out. All of them start with the configured public URL, never with what a `Host` header says. */
export interface Links {
  /** The public base URL, without a slash at the end. */
  base(): string;
  project(fullPath: string): string;
  repository(fullPath: string): string;
  group(fullPath: string): string;
  user(username: string): string;
  /** What clients of the registry call an image: the host and its name, without a scheme. */
  image(name: string): string;
}

/** @param base a function, because with port 0 it is known only after listening. */
export function createLinks(base: () => string): Links {
  const encode = (path: string) => path.split('/').map(encodeURIComponent).join('/');
  return {
    base,
    project: (path) => `${base()}/${encode(path)}`,
    repository: (path) => `${base()}/${encode(path)}.git`,
    group: (path) => `${base()}/groups/${encode(path)}`,
    user: (username) => `${base()}/${encodeURIComponent(username)}`,
    image: (name) => `${new URL(base()).host}/${name}`,
  };
}
