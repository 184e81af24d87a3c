import { z } from 'zod';
import { ROLES } from '../domain/members/roles.ts';
import {
  FEATURE_LEVELS,
  type ProjectFilter,
  type ProjectOrder,
  type SeenProject,
} from '../domain/projects/projects.ts';
import { VISIBILITIES } from '../domain/visibility.ts';
import type { Links } from '../http/links.ts';
import { defined } from '../lib/defined.ts';
import { formatInstant } from '../lib/instant.ts';
import { ShownCleanupPolicy, showCleanupPolicy } from './cleanup-policy-json.ts';
import { Flag, Moment, PageQuery, whole } from './schemas.ts';

/** How a project is asked for and shown, alone and in the lists of groups. */

const Visibility = z.enum(VISIBILITIES);
const FeatureLevel = z.enum(FEATURE_LEVELS);

export const ProjectListQuery = PageQuery.extend({
  search: z.string().optional().describe('Part of a name or path'),
  search_namespaces: Flag.default(false).describe('Search the paths of the groups too'),
  membership: Flag.default(false).describe('Only those where the caller has a role'),
  owned: Flag.default(false).describe('Only those owned by the caller'),
  min_access_level: whole(z.int()).optional().describe('Only those where the caller has at least this role'),
  visibility: Visibility.optional(),
  archived: Flag.optional().describe('`true`: only archived projects; `false`: only projects that are not archived'),
  simple: Flag.default(false).describe('Return fewer properties'),
  order_by: z.enum(['id', 'name', 'path', 'created_at', 'last_activity_at']).default('created_at'),
  sort: z.enum(['asc', 'desc']).default('desc'),
});
type ProjectListQuery = z.output<typeof ProjectListQuery>;

/** A namespace as it is shown beside its project, and in the list of namespaces. */
export const ShownNamespace = z.object({
  id: z.int(),
  name: z.string(),
  path: z.string(),
  kind: z.enum(['group', 'user']),
  full_path: z.string(),
  parent_id: z.int().nullable(),
  avatar_url: z.null(),
  web_url: z.string(),
});

const Simple = z.object({
  id: z.int(),
  description: z.string(),
  name: z.string(),
  name_with_namespace: z.string(),
  path: z.string(),
  path_with_namespace: z.string(),
  created_at: Moment,
  default_branch: z.string().describe('Branch that a clone checks out'),
  http_url_to_repo: z.string().describe('URL for `git clone`'),
  web_url: z.string(),
  avatar_url: z.null(),
  last_activity_at: Moment,
  visibility: Visibility,
  namespace: ShownNamespace,
});

const Role = z.object({ access_level: z.int() }).nullable();

export const ShownProject = Simple.extend({
  archived: z.boolean(),
  creator_id: z.int().nullable(),
  repository_access_level: FeatureLevel,
  lfs_enabled: z.boolean(),
  container_registry_enabled: z.boolean(),
  container_registry_access_level: FeatureLevel,
  container_expiration_policy: ShownCleanupPolicy,
  packages_enabled: z.boolean(),
  package_registry_access_level: FeatureLevel,
  permissions: z
    .object({ project_access: Role, group_access: Role })
    .describe("The caller's role in the project, and the highest role in its parent groups"),
}).meta({ id: 'Project' });

export function projectPresenter(links: Links) {
  const simple = (project: SeenProject): z.output<typeof Simple> => ({
    id: project.id,
    description: project.description,
    name: project.name,
    name_with_namespace: [...project.namespaceNames, project.name].join(' / '),
    path: project.path,
    path_with_namespace: project.full_path,
    created_at: formatInstant(project.created_at),
    default_branch: project.defaultBranch,
    http_url_to_repo: links.repository(project.full_path),
    web_url: links.project(project.full_path),
    avatar_url: null,
    last_activity_at: formatInstant(project.last_activity_at),
    visibility: project.visibility,
    namespace: namespaceOf(project, links),
  });
  const full = (project: SeenProject): z.output<typeof ShownProject> => ({
    ...simple(project),
    archived: project.archived === 1,
    creator_id: project.creator_id,
    repository_access_level: levelOf(project.repository_enabled, project.repository_members_only),
    lfs_enabled: project.lfs_enabled === 1,
    container_registry_enabled: project.registry_enabled === 1,
    container_registry_access_level: levelOf(project.registry_enabled, project.registry_members_only),
    container_expiration_policy: showCleanupPolicy(project.cleanupPolicy),
    packages_enabled: project.packages_enabled === 1,
    package_registry_access_level: levelOf(project.packages_enabled, project.packages_members_only),
    permissions: { project_access: roleOf(project.project_level), group_access: roleOf(project.group_level) },
  });
  /** `simple`: as others than its members are shown it, and as `?simple=true` asks. */
  return { showProject: (isSimple: boolean) => (isSimple ? simple : full) };
}

function namespaceOf(project: SeenProject, links: Links): z.output<typeof ShownNamespace> {
  const full_path = project.full_path.slice(0, -project.path.length - 1);
  return {
    id: project.namespace_id,
    name: project.namespace_name,
    path: project.namespace_path,
    kind: project.namespace_kind,
    full_path,
    parent_id: project.namespace_parent_id,
    avatar_url: null,
    web_url: project.namespace_kind === 'group' ? links.group(full_path) : links.user(full_path),
  };
}

const levelOf = (on: 0 | 1, membersOnly: 0 | 1) => (on === 0 ? 'disabled' : membersOnly === 1 ? 'private' : 'enabled');
const roleOf = (level: number | null) => (level === null ? null : { access_level: level });

export function projectFilterOf(query: ProjectListQuery): ProjectFilter {
  const { search, search_namespaces, visibility, archived, owned, membership, min_access_level } = query;
  const least = owned ? ROLES.owner : (min_access_level ?? (membership ? ROLES.guest : undefined));
  return {
    ...defined({ search, visibility, archived, leastLevel: least }),
    searchNamespaces: search_namespaces,
  };
}

export const projectOrderOf = (query: ProjectListQuery): ProjectOrder => ({
  by: query.order_by,
  direction: query.sort,
});
