import { conflict, notFound, ruleBroken } from '../../lib/errors.ts';
import { idsOf } from '../../lib/lineage.ts';
import { inTransaction } from '../../store/db/database.ts';
import { isDuplicate } from '../../store/db/errors.ts';
import type { Visibility } from '../../store/db/schema.ts';
import { insertMember } from '../../store/tables/members.ts';
import { findNamespace, insertNamespace, type NamespaceRow } from '../../store/tables/namespaces.ts';
import { insertRoute } from '../../store/tables/routes.ts';
import type { Audit } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import { type Doer, userIdOf } from '../doer.ts';
import { ROLES } from '../members/roles.ts';
import { checkName, checkPath, MAX_DEPTH } from '../paths.ts';

export type Group = NamespaceRow;

export interface NewGroup {
  name: string;
  path: string;
  description?: string | undefined;
  visibility?: Visibility | undefined;
}

export type Groups = ReturnType<typeof createGroups>;

export function createGroups({ db, clock }: Deps, audit: Audit) {
  return {
    /** Makes a group, at the top or in a parent. Who makes one at the top owns it. */
    async create(parent: Group | null, request: NewGroup, by: Doer): Promise<Group> {
      const name = checkName(request.name);
      checkPath(request.path, parent ? 'below' : 'top');
      if (parent && idsOf(parent.lineage).length >= MAX_DEPTH)
        throw ruleBroken(`Groups cannot be nested deeper than ${MAX_DEPTH} levels`);
      const fullPath = parent ? `${parent.full_path}/${request.path}` : request.path;
      return inTransaction(db, async (trx) => {
        try {
          const row = {
            kind: 'group',
            parent_id: parent?.id ?? null,
            owner_id: null,
            name,
            path: request.path,
          } as const;
          const rest = {
            description: request.description ?? '',
            visibility: request.visibility ?? 'private',
            created_at: clock(),
          } as const;
          const { id } = await insertNamespace(trx, { ...row, ...rest }, parent?.lineage ?? null);
          await insertRoute(trx, fullPath, { namespace_id: id });
          const owner = userIdOf(by);
          if (!parent && owner !== null) {
            const member = { user_id: owner, namespace_id: id, project_id: null, access_level: ROLES.owner };
            await insertMember(trx, { ...member, expires_at: null, created_by: owner, created_at: clock() });
          }
          const entity = { kind: 'Group', id, path: fullPath } as const;
          await audit.record({ action: 'group_created', by, entity, target: { kind: 'Group', id, name } }, trx);
          return (await findNamespace(trx, id)) as Group;
        } catch (error) {
          if (isDuplicate(error)) throw conflict('Path has already been taken');
          throw error;
        }
      });
    },

    /** A group or personal namespace. @throws PosternError not_found. */
    async get(id: number): Promise<Group> {
      const row = await findNamespace(db, id);
      if (!row) throw notFound('group');
      return row;
    },
  };
}
