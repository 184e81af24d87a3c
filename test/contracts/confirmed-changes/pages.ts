import { ROLES } from '../../../src/domain/members/roles.ts';
import { PASSWORD } from '../../support/seed.ts';
import type { Cases, Sent, World } from './world.ts';

const ACCOUNT = '/-/user_settings';

const aToken = async (world: World): Promise<Sent> => {
  const user = await world.services.users.get(world.admin.id);
  const { token } = await world.services.personalTokens.create(user, { name: 'a token', scopes: ['api'] }, world.by);
  return { ...(await world.form()), values: { token_id: token.id } };
};

const sessionOf = async ({ app, admin }: World) =>
  (
    await app.db
      .selectFrom('sessions')
      .select('id')
      .where('user_id', '=', admin.id)
      .orderBy('id', 'desc')
      .executeTakeFirstOrThrow()
  ).id;

const OWN: Cases = {
  'POST /users/sign_out': (world) => world.form(),
  [`POST ${ACCOUNT}/profile`]: (world) => world.form({ name: world.next() }),
  [`POST ${ACCOUNT}/password/edit`]: (world) =>
    world.form({ current_password: PASSWORD, new_password: PASSWORD, new_password_again: PASSWORD }),
  [`POST ${ACCOUNT}/active_sessions/:session_id/end`]: async (world) => {
    const form = await world.form();
    return { ...form, values: { session_id: await sessionOf(world) } };
  },
  [`POST ${ACCOUNT}/active_sessions/end_others`]: async (world) => {
    await world.form();
    return world.form();
  },
  [`POST ${ACCOUNT}/personal_access_tokens`]: (world) => world.form({ name: 'a token', scopes: 'api' }),
  [`POST ${ACCOUNT}/personal_access_tokens/:token_id/rotate`]: aToken,
  [`POST ${ACCOUNT}/personal_access_tokens/:token_id/revoke`]: aToken,
};

const ofUser = async (world: World, fields: Record<string, string> = {}): Promise<Sent> => ({
  ...(await world.form(fields)),
  values: { username: (await world.seed.user()).username },
});

const USERS: Cases = {
  'POST /admin/users': (world) => {
    const username = world.next();
    return world.form({ username, name: username, email: `${username}@example.com`, password: PASSWORD });
  },
  'POST /admin/users/:username/block': ofUser,
  'POST /admin/users/:username/unblock': async (world) => {
    const { id, username } = await world.seed.user();
    await world.services.users.setBlocked(id, true, world.by);
    return { ...(await world.form()), values: { username } };
  },
  'POST /admin/users/:username/make_admin': ofUser,
  'POST /admin/users/:username/unmake_admin': async (world) => ({
    ...(await world.form()),
    values: { username: (await world.seed.user({ admin: true })).username },
  }),
  'POST /admin/users/:username/storage_limit': (world) => ofUser(world, { storage_limit: '10 MB' }),
  'POST /admin/users/:username/password': (world) => ofUser(world, { password: PASSWORD }),
};

/** The rows that projects and groups have alike. */
function ofEach(kind: 'project' | 'group'): Cases {
  const owner = async (world: World) => {
    if (kind === 'group') {
      const made = await world.seed.group();
      return { made, on: world.inGroup(made) };
    }
    const made = await world.newProject();
    return { made, on: world.inProject(made) };
  };
  const sent = async (world: World, fields: Record<string, string> = {}): Promise<Sent> => ({
    ...(await world.form(fields)),
    on: (await owner(world)).on,
  });
  const withMember = async (world: World, fields: Record<string, string> = {}): Promise<Sent> => {
    const { made, on } = await owner(world);
    const { id } = await world.seed.member(made, 'developer');
    return { ...(await world.form(fields)), on, values: { user_id: id } };
  };
  const [path, edit] = kind === 'group' ? ['/groups/:path', '/groups/:path/-/edit'] : ['/:path', '/:path/edit'];
  const members = `${path}/-/${kind}_members`;
  return {
    [`POST ${members}`]: async (world) =>
      sent(world, { username: (await world.seed.user()).username, access_level: String(ROLES.developer) }),
    [`POST ${members}/leave`]: async (world) => {
      const { made, on } = await owner(world);
      await world.seed.join(made, world.admin, 'developer');
      return { ...(await world.form()), on };
    },
    [`POST ${members}/:user_id/change`]: (world) => withMember(world, { access_level: String(ROLES.guest) }),
    [`POST ${members}/:user_id/remove`]: (world) => withMember(world),
    [`POST ${edit}/general`]: (world) => sent(world, { name: 'Another name' }),
    [`POST ${edit}/path`]: (world) => sent(world, { path: world.next() }),
    [`POST ${edit}/transfer`]: async (world) => sent(world, { namespace: (await world.seed.group()).full_path }),
    [`POST ${edit}/destroy`]: async (world) => {
      const { made, on } = await owner(world);
      return { ...(await world.form({ confirm: made.full_path })), on };
    },
    [`POST ${path}/-/settings/repository/deploy_token/create`]: (world) =>
      sent(world, { name: 'a token', scopes: 'read_repository' }),
    [`POST ${path}/-/deploy_tokens/:token_id/revoke`]: async (world) => {
      const { made, on } = await owner(world);
      const { id } = await world.seed.deployToken(made);
      return { ...(await world.form()), on, values: { token_id: id } };
    },
    [`POST ${path}/-/usage_quotas`]: (world) => sent(world, { storage_limit: '10 MB' }),
  };
}

const onProject = async (world: World, fields: Record<string, string>): Promise<Sent> => ({
  ...(await world.form(fields)),
  on: world.inProject(await world.newProject()),
});

const RULES = '/:path/-/settings/packages_and_registries/rules';

const PROJECTS: Cases = {
  'POST /projects': (world) => world.form({ name: world.next(), namespace_id: String(world.group.id) }),
  'POST /groups': (world) => world.form({ name: world.next(), parent_id: String(world.group.id) }),
  'POST /:path/edit/features': (world) => onProject(world, { features: 'registry' }),
  'POST /:path/edit/archive': (world) => onProject(world, { archived: '1' }),
  'POST /:path/-/settings/packages_and_registries/cleanup_image_tags': (world) =>
    onProject(world, { enabled: '1', cadence: '7d', name_regex: '.*' }),
  [`POST ${RULES}`]: (world) =>
    onProject(world, { type: 'npm', pattern: 'core', push_level: String(ROLES.maintainer) }),
  [`POST ${RULES}/:rule_id/remove`]: async (world) => {
    const project = await world.newProject();
    const rule = { type: 'npm', pattern: 'core', pushLevel: ROLES.maintainer };
    const { id } = await world.services.packages.rules.create(project, rule, world.by);
    return { ...(await world.form()), on: world.inProject(project), values: { rule_id: id } };
  },
};

const IMAGE = '/:path/container_registry/:image_id';

const CONTENT: Cases = {
  [`POST ${IMAGE}/delete`]: async (world) => {
    const { on, id } = await world.pushed();
    return { ...(await world.form()), on, values: { image_id: id } };
  },
  [`POST ${IMAGE}/tags/delete_matching`]: async (world) => {
    const { on, id } = await world.pushed();
    const form = await world.form({ search: 'STAB', shown_at: String(world.app.time.now) });
    return { ...form, on, values: { image_id: id } };
  },
  [`POST ${IMAGE}/manifests/delete`]: async (world) => {
    const { on, id, name, headers, manifest } = await world.pushed();
    await world.registry.putManifest(headers, name, 'stable', { ...manifest, annotations: { made: world.next() } });
    return { ...(await world.form()), on, values: { image_id: id } };
  },
  [`POST ${IMAGE}/tags/delete`]: async (world) => {
    const { on, id } = await world.pushed();
    return { ...(await world.form({ tag: 'stable' })), on, values: { image_id: id } };
  },
  [`POST ${IMAGE}/tags/:tag/delete`]: async (world) => {
    const { on, id } = await world.pushed();
    return { ...(await world.form()), on, values: { image_id: id, tag: 'stable' } };
  },
  [`POST ${IMAGE}/manifests/:digest/delete`]: async (world) => {
    const { on, id, name, headers, manifest } = await world.pushed();
    const untagged = JSON.stringify({ ...manifest, annotations: { made: world.next() } });
    const digest = `sha256:${new Bun.CryptoHasher('sha256').update(untagged).digest('hex')}`;
    await world.registry.putManifest(headers, name, digest, untagged);
    return { ...(await world.form()), on, values: { image_id: id, digest } };
  },
  'POST /:path/-/packages/:package_id/delete': async (world) => {
    const { on, versionId } = await world.published('generic');
    return { ...(await world.form()), on, values: { package_id: versionId } };
  },
  'POST /:path/-/packages/:package_id/package_files/:file_id/delete': async (world) => {
    const { on, versionId, fileId } = await world.published('generic');
    return { ...(await world.form()), on, values: { package_id: versionId, file_id: fileId } };
  },
};

export const PAGES: Cases = { ...OWN, ...USERS, ...ofEach('project'), ...ofEach('group'), ...PROJECTS, ...CONTENT };
