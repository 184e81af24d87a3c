import { conflict } from '../../lib/errors.ts';
import { inTransaction } from '../../store/db/database.ts';
import { isDuplicate } from '../../store/db/errors.ts';
import type { Visibility } from '../../store/db/schema.ts';
import type { NamespaceRow } from '../../store/tables/namespaces.ts';
import { findProject, insertProject, type ProjectRow } from '../../store/tables/projects.ts';
import { insertRoute } from '../../store/tables/routes.ts';
import type { Audit } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import { type Doer, userIdOf } from '../doer.ts';
import { checkName, checkPath } from '../paths.ts';

export type Project = ProjectRow;

export interface NewProject {
  name: string;
  path: string;
  description?: string | undefined;
  visibility?: Visibility | undefined;
}

export type Projects = ReturnType<typeof createProjects>;

export function createProjects({ db, clock }: Deps, audit: Audit) {
  return {
    /** Makes a project. Its repository is made when it is first used. */
    async create(namespace: NamespaceRow, request: NewProject, by: Doer): Promise<Project> {
      const name = checkName(request.name);
      checkPath(request.path, 'below');
      const fullPath = `${namespace.full_path}/${request.path}`;
      return inTransaction(db, async (trx) => {
        try {
          const id = await insertProject(trx, {
            namespace_id: namespace.id,
            name,
            path: request.path,
            description: request.description ?? '',
            visibility: request.visibility ?? 'private',
            archived: 0,
            repository_enabled: 1,
            lfs_enabled: 1,
            registry_enabled: 1,
            packages_enabled: 1,
            creator_id: userIdOf(by),
            created_at: clock(),
            last_activity_at: clock(),
          });
          await insertRoute(trx, fullPath, { project_id: id });
          const entity = { kind: 'Project', id, path: fullPath } as const;
          await audit.record({ action: 'project_created', by, entity, target: { kind: 'Project', id, name } }, trx);
          return (await findProject(trx, id)) as Project;
        } catch (error) {
          if (isDuplicate(error)) throw conflict('Path has already been taken');
          throw error;
        }
      });
    },
  };
}
