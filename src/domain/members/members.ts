import { conflict, forbidden, inField, notFound, ruleBroken } from '../../lib/errors.ts';
import { parseInstant } from '../../lib/instant.ts';
import { idsOf } from '../../lib/lineage.ts';
import { type Db, inTransaction } from '../../store/db/database.ts';
import { lockHierarchy } from '../../store/db/locks.ts';
import * as table from '../../store/tables/members.ts';
import { findNamespace } from '../../store/tables/namespaces.ts';
import { mapPage, type Page, type PageRequest } from '../../store/tables/page.ts';
import { findProject } from '../../store/tables/projects.ts';
import { findUser } from '../../store/tables/users.ts';
import type { Authorised } from '../access/confirm.ts';
import type { Audit, AuditAction } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import { type AccessLevel, ROLES } from './roles.ts';

/** The group or project that members are of. */
export interface MemberOwner {
  kind: 'group' | 'project';
  id: number;
}

export interface Member {
  /** The project or group of the membership, direct or inherited; the personal namespace for its owner. */
  source: MemberOwner;
  userId: number;
  username: string;
  name: string;
  blocked: boolean;
  level: AccessLevel;
  expiresAt: number | null;
  createdAt: number;
  createdBy: { id: number; username: string; name: string } | null;
}

export interface MemberRequest {
  level: AccessLevel;
  /** ISO 8601 date (its first moment in UTC) or instant; null or an empty text: for good. */
  expiresAt?: string | null | undefined;
}

export type MemberFilter = table.MemberFilter;
export type Members = ReturnType<typeof createMembers>;

export function createMembers({ db, clock }: Deps, audit: Audit) {
  return {
    /** The members of exactly this group or project. Expired members are not included. */
    async list(owner: MemberOwner, filter: MemberFilter, page: PageRequest): Promise<Page<Member>> {
      return mapPage(await table.listMembers(db, targetOf(owner), filter, clock(), page), toMember);
    },

    /** Everyone with a role here, also by a group above, once each with their highest role. */
    async listAll(owner: MemberOwner, filter: MemberFilter, page: PageRequest): Promise<Page<Member>> {
      const { from } = await load(db, owner);
      return mapPage(await table.listInheritedMembers(db, from, filter, clock(), page), toMember);
    },

    /** Those whose role comes from a group above, once each with the highest that they have there. */
    async listAbove(owner: MemberOwner, filter: MemberFilter, page: PageRequest): Promise<Page<Member>> {
      const { from } = await load(db, owner);
      const namespaceIds = from.namespaceIds.filter((id) => owner.kind === 'project' || id !== owner.id);
      if (namespaceIds.length === 0) return { ...page, items: [], total: 0 };
      return mapPage(await table.listInheritedMembers(db, { namespaceIds }, filter, clock(), page), toMember);
    },

    /** The live memberships of a user. @param kind null: of groups and of projects. */
    listOf: (userId: number, kind: 'group' | 'project' | null, page: PageRequest): Promise<Page<table.OwnMembership>> =>
      table.listMembershipsOf(db, userId, kind, clock(), page),

    /** @throws PosternError not_found. */
    async get(owner: MemberOwner, userId: number): Promise<Member> {
      return toMember(await live(db, owner, userId, clock()));
    },

    /** The same, also by a group above. */
    async getAll(owner: MemberOwner, userId: number): Promise<Member> {
      const { from } = await load(db, owner);
      const row = await table.findInheritedMember(db, from, userId, clock());
      if (!row) throw notFound('member');
      return toMember(row);
    },

    /**
     * @throws PosternError conflict when they are one already; what `confirm` throws, which is asked about the role.
     */
    add(owner: MemberOwner, userId: number, request: MemberRequest, by: Authorised): Promise<Member> {
      const expires_at = expiryOf(request.expiresAt, clock());
      return inTransaction(db, async (trx) => {
        await lockHierarchy(trx, 'exclusive');
        await by.confirm(trx, { role: request.level });
        const { entity } = await load(trx, owner);
        const user = await findUser(trx, userId);
        if (!user) throw notFound('user');
        const old = await table.findMember(trx, targetOf(owner), userId);
        if (old && isLive(old, clock())) throw inField('user_id', conflict('Member already exists'));
        if (old) await table.deleteMember(trx, targetOf(owner), userId);
        const row = { user_id: userId, ...columnsOf(owner), access_level: request.level, expires_at };
        await table.insertMember(trx, { ...row, created_by: by.userId, created_at: clock() });
        const details = { access_level: { from: null, to: request.level }, expires_at: { from: null, to: expires_at } };
        await record(trx, audit, 'member_created', entity, user, by, details);
        return toMember(await live(trx, owner, userId, clock()));
      });
    },

    /**
     * Changes the role; the expiry too when it is given.
     * @throws what `confirm` throws, which is asked about the higher of both roles.
     */
    update(owner: MemberOwner, userId: number, request: MemberRequest, by: Authorised): Promise<Member> {
      return inTransaction(db, async (trx) => {
        await lockHierarchy(trx, 'exclusive');
        const { entity, from } = await load(trx, owner);
        const before = await live(trx, owner, userId, clock());
        const was = levelOf(before);
        await by.confirm(trx, { role: was > request.level ? was : request.level });
        const expires_at = request.expiresAt === undefined ? before.expires_at : expiryOf(request.expiresAt, clock());
        const staysOwner = request.level === ROLES.owner && expires_at === null;
        if (!staysOwner) await keepAnOwner(trx, owner, from, before);
        await table.updateMember(trx, targetOf(owner), userId, { access_level: request.level, expires_at });
        const details = {
          access_level: { from: was, to: request.level },
          expires_at: { from: before.expires_at, to: expires_at },
        };
        await record(trx, audit, 'member_updated', entity, { ...before, id: userId }, by, details);
        return toMember(await live(trx, owner, userId, clock()));
      });
    },

    /**
     * Takes the role here away; one that is inherited stays.
     * @throws what `confirm` throws, which is asked about the role.
     */
    remove(owner: MemberOwner, userId: number, by: Authorised): Promise<void> {
      return inTransaction(db, async (trx) => {
        await lockHierarchy(trx, 'exclusive');
        const { entity, from } = await load(trx, owner);
        const before = await live(trx, owner, userId, clock());
        await by.confirm(trx, { role: levelOf(before) });
        await keepAnOwner(trx, owner, from, before);
        await table.deleteMember(trx, targetOf(owner), userId);
        const details = { access_level: { from: before.access_level, to: null } };
        await record(trx, audit, 'member_destroyed', entity, { ...before, id: userId }, by, details);
      });
    },
  };
}

const levelOf = (row: table.MemberRow) => row.access_level as AccessLevel;

function expiryOf(text: string | null | undefined, now: number): number | null {
  if (!text) return null;
  const instant = parseInstant('expires_at', text);
  if (instant <= now) throw inField('expires_at', ruleBroken('Expires at cannot be a date in the past'));
  return instant;
}

/** A group without an owner could be managed by administrators alone. A project has the owners of its namespace. */
async function keepAnOwner(trx: Db, owner: MemberOwner, from: table.InheritedFrom, leaving: table.MemberRow) {
  if (owner.kind === 'project' || leaving.access_level !== ROLES.owner || leaving.expires_at !== null) return;
  const except = { userId: leaving.user_id, namespaceId: owner.id };
  if (await table.hasOtherAtLevel(trx, from.namespaceIds, ROLES.owner, except)) return;
  throw forbidden(
    "The last owner of a group can't be removed or demoted, or get an end date: add another owner first.",
  );
}

interface Loaded {
  from: table.InheritedFrom;
  entity: { kind: 'Group' | 'Project'; id: number; path: string };
}

async function load(db: Db, { kind, id }: MemberOwner): Promise<Loaded> {
  const row = kind === 'group' ? await findNamespace(db, id) : await findProject(db, id);
  if (!row) throw notFound(kind);
  const namespaceIds = idsOf(row.lineage);
  return kind === 'group'
    ? { from: { namespaceIds }, entity: { kind: 'Group', id, path: row.full_path } }
    : { from: { namespaceIds, projectId: id }, entity: { kind: 'Project', id, path: row.full_path } };
}

const isLive = (row: table.MemberRow, now: number) => row.expires_at === null || row.expires_at > now;

async function live(db: Db, owner: MemberOwner, userId: number, now: number): Promise<table.MemberRow> {
  const row = await table.findMember(db, targetOf(owner), userId);
  if (!row || !isLive(row, now)) throw notFound('member');
  return row;
}

const targetOf = ({ kind, id }: MemberOwner): table.MemberTarget =>
  kind === 'group' ? { namespaceId: id } : { projectId: id };

const columnsOf = ({ kind, id }: MemberOwner) =>
  kind === 'group' ? { namespace_id: id, project_id: null } : { namespace_id: null, project_id: id };

function record(
  trx: Db,
  audit: Audit,
  action: AuditAction,
  entity: Loaded['entity'],
  user: { id: number; username: string },
  { author: by }: Authorised,
  details: Record<string, unknown>,
): Promise<void> {
  const target = { kind: 'User', id: user.id, name: user.username };
  return audit.record({ action, by, entity, target, details }, trx);
}

function toMember(row: table.MemberRow): Member {
  const { created_by: id, creator_username: username, creator_name: name } = row;
  return {
    source:
      row.project_id === null ? { kind: 'group', id: row.namespace_id ?? 0 } : { kind: 'project', id: row.project_id },
    userId: row.user_id,
    username: row.username,
    name: row.name,
    blocked: row.blocked === 1,
    level: levelOf(row),
    expiresAt: row.expires_at,
    createdAt: row.created_at,
    createdBy: id !== null && username !== null && name !== null ? { id, username, name } : null,
  };
}
