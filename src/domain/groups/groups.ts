import { inField, notFound, ruleBroken } from '../../lib/errors.ts';
import { idsOf } from '../../lib/lineage.ts';
import { type Db, inTransaction } from '../../store/db/database.ts';
import { lockHierarchy } from '../../store/db/locks.ts';
import type { VisibilityFilter } from '../../store/tables/conditions.ts';
import { insertMember } from '../../store/tables/members.ts';
import {
  findNamespace,
  hasGroupBelow,
  insertNamespace,
  listNamespaces,
  type NamespaceFilter,
  type NamespaceOrder,
  type NamespaceRow,
  namesOf,
  updateNamespace,
  visiblePathsOf,
} from '../../store/tables/namespaces.ts';
import type { Page, PageRequest } from '../../store/tables/page.ts';
import { hasProjectBelow } from '../../store/tables/projects.ts';
import { insertRoute, moveRoutes } from '../../store/tables/routes.ts';
import type { Authorised } from '../access/confirm.ts';
import type { Audit } from '../audit/audit.ts';
import type { AuditAuthor } from '../audit/author.ts';
import type { Deps } from '../deps.ts';
import { ROLES } from '../members/roles.ts';
import { checkName, checkPath, MAX_DEPTH, pathIsFree } from '../paths.ts';
import { checkVisibility, type Visibility, widerThan } from '../visibility.ts';
import { destroyGroup } from './destroy.ts';
import { groupEntity, reread } from './entity.ts';
import { transferGroup } from './transfer.ts';

export type Group = NamespaceRow;
export type { NamespaceFilter as GroupFilter, NamespaceOrder as GroupOrder } from '../../store/tables/namespaces.ts';

export interface NewGroup {
  name: string;
  path: string;
  description?: string | undefined;
  /** Private when it is not given. */
  visibility?: Visibility | undefined;
}

/** Omitted properties are unchanged. */
export type GroupChange = { [K in keyof NewGroup]?: NewGroup[K] | undefined };

export type Groups = ReturnType<typeof createGroups>;

export function createGroups(deps: Deps, audit: Audit) {
  const { db } = deps;
  return {
    /**
     * Makes a group, at the top or in a parent. The creator of a top-level group becomes its owner. @throws
     * PosternError if a rule is violated.
     */
    create(parent: Group | null, request: NewGroup, { author: by, userId, confirm }: Authorised): Promise<Group> {
      const name = checkName(request.name);
      checkPath(request.path, parent ? 'below' : 'top');
      return inTransaction(db, async (trx) => {
        await lockHierarchy(trx, 'shared');
        await confirm(trx);
        const above = parent && (await reread(trx, parent));
        const row = await insertGroup({ ...deps, db: trx }, above, { ...request, name }, userId);
        const target = { kind: 'Group', id: row.id, name };
        const details = { visibility: row.visibility };
        await audit.record({ action: 'group_created', by, entity: groupEntity(row), target, details }, trx);
        return row;
      });
    },

    /** A group or personal namespace. @throws PosternError not_found. */
    async get(id: number): Promise<Group> {
      const row = await findNamespace(db, id);
      if (!row) throw notFound('group');
      return row;
    },

    /** The groups that someone can see; personal namespaces too when the filter asks for no kind. */
    list(
      visibilityFilter: VisibilityFilter,
      filter: NamespaceFilter,
      order: NamespaceOrder,
      page: PageRequest,
    ): Promise<Page<Group>> {
      return listNamespaces(db, visibilityFilter, filter, order, page);
    },

    /** The full paths of those groups and namespaces of a lineage that someone can see. */
    async seenAbove(visibilityFilter: VisibilityFilter, lineage: string): Promise<ReadonlySet<string>> {
      return new Set(await visiblePathsOf(db, visibilityFilter, idsOf(lineage)));
    },

    /** The names from the top down to each of these, `Company / Team`, by its id. */
    async fullNames(rows: readonly Group[]): Promise<Map<number, string>> {
      const names = await namesOf(db, [...new Set(rows.flatMap((row) => idsOf(row.lineage)))]);
      return new Map(
        rows.map((row) => [
          row.id,
          idsOf(row.lineage)
            .map((id) => names.get(id))
            .join(' / '),
        ]),
      );
    },

    /** Changes name, path, description or visibility. The old path then redirects to the new one. */
    update(group: Group, change: GroupChange, { author: by, confirm }: Authorised): Promise<Group> {
      return inTransaction(db, async (trx) => {
        await lockHierarchy(trx, 'exclusive');
        await confirm(trx);
        const before = await reread(trx, group);
        await applyChange(trx, before, change);
        const after = await reread(trx, group);
        await recordChange(trx, audit, before, after, by);
        return after;
      });
    },

    /**
     * Moves a group with all below it into another group, or to the top. @throws PosternError saying what is in the
     * way.
     */
    transfer: (group: Group, parent: Group | null, by: Authorised) => transferGroup(deps, audit, group, parent, by),

    /** Removes a group and everything below it. */
    destroy: (group: Group, by: Authorised) => destroyGroup(deps, audit, group, by),
  };
}

async function insertGroup(
  deps: Deps,
  parent: Group | null,
  request: NewGroup,
  creatorId: number | null,
): Promise<Group> {
  const { db: trx, clock } = deps;
  const { name, path, description = '', visibility = 'private' } = request;
  if (parent && idsOf(parent.lineage).length >= MAX_DEPTH)
    throw inField('parent_id', ruleBroken(`Groups cannot be nested deeper than ${MAX_DEPTH} levels`));
  checkVisibility('group', visibility, parent);
  const fullPath = parent ? `${parent.full_path}/${path}` : path;
  const row = { kind: 'group', parent_id: parent?.id ?? null, owner_id: null, created_at: clock() } as const;
  const { id } = await insertNamespace(trx, { ...row, name, path, description, visibility }, parent?.lineage ?? null);
  await pathIsFree(insertRoute(trx, fullPath, { namespace_id: id }));
  if (!parent && creatorId !== null) {
    const member = { user_id: creatorId, namespace_id: id, project_id: null, access_level: ROLES.owner };
    await insertMember(trx, { ...member, expires_at: null, created_by: creatorId, created_at: clock() });
  }
  return reread(trx, { id });
}

async function applyChange(trx: Db, group: Group, change: GroupChange): Promise<void> {
  const { description, visibility, path } = change;
  const name = change.name === undefined ? undefined : checkName(change.name);
  if (visibility !== undefined && visibility !== group.visibility) await checkNewVisibility(trx, group, visibility);
  if (path !== undefined && path !== group.path) {
    checkPath(path, group.parent_id === null ? 'top' : 'below');
    const parentPath = group.full_path.slice(0, -group.path.length);
    await pathIsFree(moveRoutes(trx, group.full_path, `${parentPath}${path}`));
  }
  const row = { name, description, visibility, path };
  const given = Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined));
  if (Object.keys(given).length > 0) await updateNamespace(trx, group.id, given);
}

async function checkNewVisibility(trx: Db, group: Group, visibility: Visibility): Promise<void> {
  if (group.parent_id !== null) checkVisibility('group', visibility, await reread(trx, { id: group.parent_id }));
  const wider = widerThan(visibility);
  const sentence = `Visibility level ${visibility} is not allowed since`;
  if (await hasProjectBelow(trx, group.lineage, wider))
    throw inField('visibility', ruleBroken(`${sentence} this group contains projects with higher visibility.`));
  if (await hasGroupBelow(trx, group.lineage, wider))
    throw inField('visibility', ruleBroken(`${sentence} there are sub-groups with higher visibility.`));
}

async function recordChange(trx: Db, audit: Audit, before: Group, after: Group, by: AuditAuthor): Promise<void> {
  const subject = { by, entity: groupEntity(after), target: { kind: 'Group', id: after.id, name: after.name } };
  if (before.full_path !== after.full_path) {
    const details = { from: before.full_path, to: after.full_path };
    await audit.record({ ...subject, action: 'group_path_changed', details }, trx);
  }
  if (before.visibility !== after.visibility) {
    const details = { from: before.visibility, to: after.visibility };
    await audit.record({ ...subject, action: 'group_visibility_changed', details }, trx);
  }
}
