import { BY_SYSTEM } from '../../src/domain/access/confirm.ts';
import type { NewDeployToken } from '../../src/domain/deploy-tokens/deploy-tokens.ts';
import type { Group } from '../../src/domain/groups/groups.ts';
import { ROLES, type Role } from '../../src/domain/members/roles.ts';
import type { Project } from '../../src/domain/projects/projects.ts';
import type { Services } from '../../src/domain/services.ts';
import type { User } from '../../src/domain/users/users.ts';
import type { Visibility } from '../../src/store/db/schema.ts';

/** The password of every test user and of the administrator `root`. */
export const PASSWORD = 'correct horse battery';

/** A project or a group, as far as it takes to tell which. */
type Place = Pick<Project, 'id' | 'namespace_id'> | Pick<Group, 'id'>;

interface UserOptions {
  username?: string;
  password?: string;
  admin?: boolean;
  /** Of the personal access token. */
  scopes?: string[];
}

/** Short verbs that make what a test needs, through the real services. */
export function createSeed(services: Services) {
  let count = 0;
  const next = (word: string) => `${word}${++count}`;

  return {
    /** A user without a password; `token` is a personal access token with the scope `api`. */
    async user(options: UserOptions = {}): Promise<User & { token: string }> {
      const username = options.username ?? next('user');
      const user = await services.users.create(
        {
          username,
          name: username,
          email: `${username}@example.com`,
          password: options.password ?? null,
          admin: options.admin ?? false,
        },
        BY_SYSTEM,
      );
      const { secret } = await services.personalTokens.create(
        user,
        { name: 'test', scopes: options.scopes ?? ['api'] },
        BY_SYSTEM,
      );
      return { ...user, token: secret.reveal() };
    },
    group: (parent: Group | null = null, options: { path?: string; visibility?: Visibility } = {}): Promise<Group> => {
      const path = options.path ?? next('group');
      return services.groups.create(parent, { name: path, path, visibility: options.visibility }, BY_SYSTEM);
    },
    project: (group: Group, options: { path?: string; visibility?: Visibility } = {}): Promise<Project> => {
      const path = options.path ?? next('project');
      return services.projects.create(group, { name: path, path, visibility: options.visibility }, BY_SYSTEM);
    },
    /** Gives someone a role in a group or project. */
    async join(owner: Place, user: Pick<User, 'id'>, role: Role, expiresAt?: string): Promise<void> {
      const kind = 'namespace_id' in owner ? 'project' : 'group';
      await services.members.add({ kind, id: owner.id }, user.id, { level: ROLES[role], expiresAt }, BY_SYSTEM);
    },
    /** A new user with a role in a group or project. */
    async member(owner: Place, role: Role, options: UserOptions = {}): Promise<User & { token: string }> {
      const user = await this.user(options);
      await this.join(owner, user, role);
      return user;
    },
    /** A deploy token of a project or of a group, with its secret. */
    async deployToken(owner: Project | Group, request: Partial<NewDeployToken> = {}) {
      const kind = 'namespace_id' in owner ? 'project' : 'group';
      const created = await services.deployTokens.create(
        { kind, id: owner.id, path: owner.full_path },
        { name: 'token', scopes: ['read_repository'], ...request },
        BY_SYSTEM,
      );
      return { ...created.token, secret: created.secret.reveal() };
    },
  };
}
