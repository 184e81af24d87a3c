/**
 * Paths of our pages, as GitLab has them. They are relative: visitors who used another host name than the public one
 * stay there.
 */
const escaped = (fullPath: string) => fullPath.split('/').map(encodeURIComponent).join('/');

/** The path of a project and its pages: `projectPath('a/b', '/-/packages')`. */
export const projectPath = (fullPath: string, page = ''): string => `/${escaped(fullPath)}${page}`;

/** The same for a group: its home is `/a`, its other pages are under `/groups/a`. */
export const groupPath = (fullPath: string, page = ''): string =>
  page === '' ? `/${escaped(fullPath)}` : `/groups/${escaped(fullPath)}${page}`;

/** As a pattern of the route table: a full path, of which no part begins like the `-` that ends it. */
export const FULL_PATH = ':path{[^/-][^/]*(?:/[^/-][^/]*)*}';
