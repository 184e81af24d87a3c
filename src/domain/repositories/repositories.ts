import type { GitProcess } from '../../store/git/git-process.ts';
import type { GitService } from '../../store/git/git-store.ts';
import type { Deps } from '../deps.ts';
import type { Project } from '../projects/projects.ts';

export type { GitService } from '../../store/git/git-store.ts';

export type Repositories = ReturnType<typeof createRepositories>;

export function createRepositories({ git }: Deps) {
  return {
    advertise: (project: Project, service: GitService, protocol: string): Promise<GitProcess> =>
      git.advertise(project.id, service, protocol),
    serve: (project: Project, service: GitService, protocol: string): Promise<GitProcess> =>
      git.serve(project.id, service, protocol),
  };
}
