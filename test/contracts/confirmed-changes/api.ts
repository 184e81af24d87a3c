import { ROLES } from '../../../src/domain/members/roles.ts';
import { privateToken } from '../../support/app.ts';
import type { Cases, Sent, World } from './world.ts';

const json = ({ byToken }: World, body: object = {}): Pick<Sent, 'headers' | 'body'> => ({
  headers: { ...byToken, 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});

const tokenOf = async ({ app, services, by, admin }: World) => {
  const user = await services.users.get(admin.id);
  const made = await services.personalTokens.create(user, { name: 'a token', scopes: ['api'] }, by);
  await app.services.personalTokens.get(made.token.id, null);
  return made;
};

const newUser = async (world: World) => ({ values: { id: (await world.seed.user()).id } });

const USERS: Cases = {
  'POST /api/v4/users': (world) => {
    const username = world.next();
    const user = { username, name: username, email: `${username}@example.com`, force_random_password: true };
    return json(world, user);
  },
  'POST /api/v4/users/:id/block': async (world) => ({ ...json(world), ...(await newUser(world)) }),
  'POST /api/v4/users/:id/unblock': async (world) => {
    const { id } = await world.seed.user();
    await world.services.users.setBlocked(id, true, world.by);
    return { ...json(world), values: { id } };
  },
  'POST /api/v4/users/:id/personal_access_tokens': async (world) => ({
    ...json(world, { name: 'a token', scopes: ['api'] }),
    ...(await newUser(world)),
  }),
  'DELETE /api/v4/personal_access_tokens/self': async (world) => ({
    headers: privateToken((await tokenOf(world)).secret.reveal()),
  }),
  'DELETE /api/v4/personal_access_tokens/:id': async (world) => ({
    headers: world.byToken,
    values: { id: (await tokenOf(world)).token.id },
  }),
  'POST /api/v4/personal_access_tokens/:id/rotate': async (world) => ({
    ...json(world),
    values: { id: (await tokenOf(world)).token.id },
  }),
};

const GROUPS: Cases = {
  'POST /api/v4/groups': async (world) =>
    json(world, { name: 'A group', path: world.next(), parent_id: world.group.id }),
  'PUT /api/v4/groups/:id': async (world) => ({
    ...json(world, { description: 'changed', storage_limit: 1_000_000 }),
    on: world.inGroup(await world.seed.group()),
  }),
  'DELETE /api/v4/groups/:id': async (world) => ({ ...json(world), on: world.inGroup(await world.seed.group()) }),
  'POST /api/v4/groups/:id/transfer': async (world) => ({
    ...json(world, { group_id: world.group.id }),
    on: world.inGroup(await world.seed.group()),
  }),
  'PUT /api/v4/namespaces/:id': async (world) => ({
    ...json(world, { storage_limit: 1_000_000 }),
    values: { id: (await world.seed.group()).id },
  }),
};

const onProject = async (world: World, body?: object): Promise<Sent> => ({
  ...json(world, body),
  on: world.inProject(await world.newProject()),
});

const PROJECTS: Cases = {
  'POST /api/v4/projects': (world) => json(world, { path: world.next(), namespace_id: world.group.id }),
  'PUT /api/v4/projects/:id': (world) => onProject(world, { path: world.next() }),
  'DELETE /api/v4/projects/:id': (world) => onProject(world),
  'POST /api/v4/projects/:id/archive': (world) => onProject(world),
  'POST /api/v4/projects/:id/unarchive': async (world) => {
    const project = await world.newProject();
    await world.services.projects.archive(project, true, world.by);
    return { ...json(world), on: world.inProject(project) };
  },
  'PUT /api/v4/projects/:id/transfer': async (world) => onProject(world, { namespace: (await world.seed.group()).id }),
};

/** The rows that projects and groups have alike. */
function ofEach(on: 'project' | 'group'): Cases {
  const owner = async (world: World) => {
    if (on === 'group') {
      const made = await world.seed.group();
      return { made, on: world.inGroup(made) };
    }
    const made = await world.newProject();
    return { made, on: world.inProject(made) };
  };
  const withMember = async (world: World, body?: object): Promise<Sent> => {
    const { made, on: named } = await owner(world);
    const { id } = await world.seed.member(made, 'developer');
    return { ...json(world, body), on: named, values: { user_id: id } };
  };
  const path = `/api/v4/${on}s/:id`;
  return {
    [`POST ${path}/members`]: async (world) => ({
      ...json(world, { user_id: (await world.seed.user()).id, access_level: ROLES.developer }),
      on: (await owner(world)).on,
    }),
    [`PUT ${path}/members/:user_id`]: (world) => withMember(world, { access_level: ROLES.guest }),
    [`DELETE ${path}/members/:user_id`]: (world) => withMember(world),
    [`POST ${path}/deploy_tokens`]: async (world) => ({
      ...json(world, { name: 'a token', scopes: ['read_repository'] }),
      on: (await owner(world)).on,
    }),
    [`DELETE ${path}/deploy_tokens/:token_id`]: async (world) => {
      const { made, on: named } = await owner(world);
      return { ...json(world), on: named, values: { token_id: (await world.seed.deployToken(made)).id } };
    },
  };
}

const REPOSITORIES = '/api/v4/projects/:id/registry/repositories/:repository_id';
const RULES = '/api/v4/projects/:id/packages/protection/rules';

const aRule = async (world: World, body?: object): Promise<Sent> => {
  const project = await world.newProject();
  const rule = { type: 'npm', pattern: 'core', pushLevel: ROLES.maintainer };
  const { id } = await world.services.packages.rules.create(project, rule, world.by);
  return { ...json(world, body), on: world.inProject(project), values: { rule_id: id } };
};

const CONTENT: Cases = {
  [`DELETE ${REPOSITORIES}`]: async (world) => {
    const { on, id } = await world.pushed();
    return { ...json(world), on, values: { repository_id: id } };
  },
  [`DELETE ${REPOSITORIES}/tags`]: async (world) => {
    const { on, id } = await world.pushed();
    return { ...json(world, { name_regex_delete: '.*' }), on, values: { repository_id: id } };
  },
  [`DELETE ${REPOSITORIES}/tags/:tag_name`]: async (world) => {
    const { on, id } = await world.pushed();
    return { ...json(world), on, values: { repository_id: id, tag_name: 'stable' } };
  },
  'DELETE /api/v4/projects/:id/packages/:package_id': async (world) => {
    const { on, versionId } = await world.published('generic');
    return { ...json(world), on, values: { package_id: versionId } };
  },
  'DELETE /api/v4/projects/:id/packages/:package_id/package_files/:file_id': async (world) => {
    const { on, versionId, fileId } = await world.published('generic');
    return { ...json(world), on, values: { package_id: versionId, file_id: fileId } };
  },
  [`POST ${RULES}`]: (world) =>
    onProject(world, {
      package_name_pattern: 'core',
      package_type: 'npm',
      minimum_access_level_for_push: 'maintainer',
    }),
  [`PATCH ${RULES}/:rule_id`]: (world) => aRule(world, { minimum_access_level_for_push: 'owner' }),
  [`DELETE ${RULES}/:rule_id`]: (world) => aRule(world),
};

export const API: Cases = { ...USERS, ...GROUPS, ...PROJECTS, ...ofEach('project'), ...ofEach('group'), ...CONTENT };
