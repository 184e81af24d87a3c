import type { ProjectFacts } from '../../domain/access/facts.ts';
import type { RequestContext } from '../../http/route.ts';

export type ProjectContext = RequestContext<ProjectFacts>;

export const REPOSITORY = '/api/v4/projects/:id/repository';
const PROJECT = { on: 'project', by: 'id', param: 'id' } as const;
/** A path in a repository as git takes it: without the slash at the end of a folder. */
export function gitPath(path: string): string {
  let end = path.length;
  while (path[end - 1] === '/') end -= 1;
  return path.slice(0, end);
}

/** The access of rows that read a repository. */
export const READ = { ...PROJECT, permission: 'download_code' } as const;
/** The access of rows that change its branches and tags. */
export const WRITE = { ...PROJECT, permission: 'push_code' } as const;
