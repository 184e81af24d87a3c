import { z } from 'zod';
import type { InstanceFacts, ProjectFacts } from '../domain/access/facts.ts';
import { pathOfName } from '../domain/paths.ts';
import { FEATURE_LEVELS, type ProjectChange as FeatureChange } from '../domain/projects/projects.ts';
import type { Services } from '../domain/services.ts';
import { VISIBILITIES } from '../domain/visibility.ts';
import type { Links } from '../http/links.ts';
import { json } from '../http/replies/json.ts';
import type { RequestContext } from '../http/route.ts';
import { invalidParameter } from '../lib/errors.ts';
import type { ApiRoute } from './api-route.ts';
import { readParameters } from './body.ts';
import { CleanupPolicyAttributes, cleanupPolicyOf } from './cleanup-policy-json.ts';
import { findNamespace, NamespaceReference } from './namespace-reference.ts';
import { parseWith, readQuery } from './parameters.ts';
import { ProjectListQuery, projectFilterOf, projectOrderOf, projectPresenter, ShownProject } from './project-json.ts';
import { accepted, pageOf, paginated } from './reply.ts';
import { Flag, whole } from './schemas.ts';
import { StatisticsQuery, StorageFields, StorageLimit, storageFields } from './storage.ts';
import { visibilityFilterOf } from './visibility-filter.ts';

const FeatureLevel = z
  .enum(FEATURE_LEVELS)
  .nullish()
  .describe('`private`: only for members with a sufficient role, even if the project is visible to others');

const Settings = z.object({
  description: z.string().nullish(),
  visibility: z.enum(VISIBILITIES).nullish().describe('At most the visibility of the group'),
  repository_access_level: FeatureLevel,
  lfs_enabled: Flag.nullish(),
  container_registry_access_level: FeatureLevel,
  container_registry_enabled: Flag.nullish().describe('Deprecated alternative to `container_registry_access_level`'),
  container_expiration_policy_attributes: CleanupPolicyAttributes.nullish().describe(
    'When and how tags of images are deleted',
  ),
  package_registry_access_level: FeatureLevel,
  packages_enabled: Flag.nullish().describe('Deprecated alternative to `package_registry_access_level`'),
});

const NewProject = Settings.extend({
  name: z.string().nullish().describe('Display name; derived from the path if absent'),
  path: z.string().nullish().describe('Last part of the address; derived from the name if absent'),
  namespace_id: whole().nullish().describe("ID of the group; the caller's personal namespace if absent"),
});

const ProjectChange = Settings.extend({
  ...StorageLimit.shape,
  name: z.string().nullish(),
  default_branch: z.string().nullish().describe('Branch that a clone checks out; it must exist'),
  path: z.string().nullish().describe('The old path then redirects to the new one'),
});

const Transfer = z.object({ namespace: NamespaceReference.describe('ID or path of the new namespace') });

function createHandlers(services: Services, links: Links, now: () => number) {
  const { projects, access } = services;
  const { showProject } = projectPresenter(links);
  const stored = storageFields(services);

  const see = async (context: RequestContext<unknown>, id: number) =>
    showProject(false)(await projects.see(visibilityFilterOf(context, now()), id));

  const list = async (context: RequestContext<InstanceFacts>) => {
    const query = readQuery(context, ProjectListQuery);
    const visibilityFilter = visibilityFilterOf(context, now());
    const page = await projects.list(visibilityFilter, projectFilterOf(query), projectOrderOf(query), pageOf(query));
    return paginated(context, links, page, showProject(query.simple));
  };

  const create = async (context: RequestContext<InstanceFacts>) => {
    const body = parseWith(NewProject, await readParameters(context));
    if (!body.name && !body.path)
      throw invalidParameter('name, path are missing, at least one parameter must be provided');
    const { userId } = context;
    const namespace =
      body.namespace_id == null
        ? await access.personalNamespace(userId ?? 0)
        : await access.namespace(body.namespace_id, userId);
    context.requireOn(namespace, 'create_projects');
    if (namespace.on !== 'group') throw new Error('a namespace that is not there was allowed');
    const name = body.name || body.path || '';
    const path = body.path || pathOfName(body.name ?? '');
    const created = await projects.create(namespace.group, { ...settingsOf(body), name, path }, context);
    return json(await see(context, created.id), 201);
  };

  const update = async (context: RequestContext<ProjectFacts>) => {
    const { project } = context.facts;
    const body = parseWith(ProjectChange, await readParameters(context));
    if (body.path != null && body.path !== project.path) context.require('change_namespace');
    stored.maySet(context, body);
    const change = {
      ...settingsOf(body),
      name: body.name ?? undefined,
      path: body.path ?? undefined,
      defaultBranch: body.default_branch ?? undefined,
    };
    const after = await projects.update(project, change, context);
    const fields = await stored.set(context, body, { kind: 'project', project: after });
    return json({ ...(await see(context, project.id)), ...fields });
  };

  const get = async (context: RequestContext<ProjectFacts>) => {
    const { project } = context.facts;
    const { statistics } = readQuery(context, StatisticsQuery);
    const fields = await stored.showIfAsked(context, statistics, { kind: 'project', project });
    return json({ ...(await see(context, project.id)), ...fields });
  };

  const destroy = async (context: RequestContext<ProjectFacts>) => {
    await projects.destroy(context.facts.project, context);
    return accepted();
  };

  const archive = (archived: boolean) => async (context: RequestContext<ProjectFacts>) => {
    await projects.archive(context.facts.project, archived, context);
    return json(await see(context, context.facts.project.id), 201);
  };

  const transfer = async (context: RequestContext<ProjectFacts>) => {
    const { namespace: reference } = parseWith(Transfer, await readParameters(context));
    const namespace = await findNamespace(services, context, reference);
    context.requireOn(namespace, 'create_projects');
    if (namespace.on !== 'group') throw new Error('a namespace that is not there was allowed');
    await projects.transfer(context.facts.project, namespace.group, context);
    return json(await see(context, context.facts.project.id));
  };

  return { list, create, get, update, destroy, archive, transfer };
}

export function projectRoutes(services: Services, links: Links, now: () => number): ApiRoute[] {
  const { list, create, get, update, destroy, archive, transfer } = createHandlers(services, links, now);
  return [
    {
      method: 'GET',
      path: '/api/v4/projects',
      access: { on: 'instance', permission: 'list_projects' },
      handler: list,
      doc: {
        ...TAG,
        summary: 'List the projects the caller can see',
        query: ProjectListQuery,
        reply: { status: 200, schema: z.array(ShownProject), paged: true },
      },
    },
    {
      method: 'POST',
      path: '/api/v4/projects',
      access: { on: 'instance', permission: 'create_personal_project' },
      handler: create,
      doc: {
        ...TAG,
        summary: 'Create a project',
        description: 'In a group, this needs the permission `create_projects`. A name or a path is required.',
        body: NewProject,
        reply: { status: 201, schema: ShownProject },
      },
    },
    {
      method: 'GET',
      path: '/api/v4/projects/:id',
      access: { ...PROJECT, permission: 'read_project' },
      handler: get,
      doc: { ...TAG, summary: 'Get a project', query: StatisticsQuery, reply: WITH_STORAGE },
    },
    {
      method: 'PUT',
      path: '/api/v4/projects/:id',
      access: { ...PROJECT, permission: 'admin_project' },
      handler: update,
      doc: {
        ...TAG,
        summary: 'Change a project',
        description: 'Changing the path needs the permission `change_namespace`.',
        body: ProjectChange,
        reply: WITH_STORAGE,
      },
    },
    {
      method: 'DELETE',
      path: '/api/v4/projects/:id',
      access: { ...PROJECT, permission: 'remove_project' },
      handler: destroy,
      doc: {
        ...TAG,
        summary: 'Delete a project and everything in it',
        reply: { status: 202, schema: z.object({ message: z.string() }) },
      },
    },
    {
      method: 'POST',
      path: '/api/v4/projects/:id/archive',
      access: { ...PROJECT, permission: 'archive_project' },
      handler: archive(true),
      doc: { ...TAG, summary: 'Make a project read-only', reply: { status: 201, schema: ShownProject } },
    },
    {
      method: 'POST',
      path: '/api/v4/projects/:id/unarchive',
      access: { ...PROJECT, permission: 'archive_project' },
      handler: archive(false),
      doc: { ...TAG, summary: 'Make an archived project writable again', reply: { status: 201, schema: ShownProject } },
    },
    {
      method: 'PUT',
      path: '/api/v4/projects/:id/transfer',
      access: { ...PROJECT, permission: 'change_namespace' },
      handler: transfer,
      doc: {
        ...TAG,
        summary: 'Move a project into another group or personal namespace',
        description:
          'Needs the permission `create_projects` in the new namespace. The old path then redirects to the new one.',
        body: Transfer,
        reply: SHOWN,
      },
    },
  ];
}

const PROJECT = { on: 'project', by: 'id', param: 'id' } as const;
const TAG = { tag: 'Projects' } as const;
const SHOWN = { status: 200, schema: ShownProject };
const WITH_STORAGE = {
  status: 200,
  schema: ShownProject.extend(StorageFields.shape).meta({ id: 'ProjectWithStorage' }),
};

/** Properties that creating and updating a project share; absent ones stay undefined. */
function settingsOf(body: z.output<typeof Settings>) {
  const features: FeatureChange['features'] = {
    repository: body.repository_access_level ?? undefined,
    lfs: body.lfs_enabled ?? undefined,
    registry: body.container_registry_access_level ?? body.container_registry_enabled ?? undefined,
    packages: body.package_registry_access_level ?? body.packages_enabled ?? undefined,
  };
  return {
    description: body.description ?? undefined,
    visibility: body.visibility ?? undefined,
    features,
    cleanupPolicy: cleanupPolicyOf(body.container_expiration_policy_attributes),
  };
}
