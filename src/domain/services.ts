import { type Access, createAccess } from './access/facts.ts';
import { type Audit, createAudit } from './audit/audit.ts';
import { createSignInLog, type SignInLog } from './audit/sign-ins.ts';
import { type Collection, createCollection } from './collection/collection.ts';
import { createDeployTokens, type DeployTokens } from './deploy-tokens/deploy-tokens.ts';
import type { Deps } from './deps.ts';
import { createGroups, type Groups } from './groups/groups.ts';
import { createIdempotencyKeys, type IdempotencyKeys } from './idempotency-keys/idempotency-keys.ts';
import { createImages, type Images } from './images/images.ts';
import type { SigningKeys } from './keys/signing-keys.ts';
import { createLfsLocks, type LfsLocks } from './lfs/lfs-locks.ts';
import { createLfsObjects, type LfsObjects } from './lfs/lfs-objects.ts';
import { createMembers, type Members } from './members/members.ts';
import { createPackageTypes, type PackageBehaviour } from './packages/package-behaviour.ts';
import { createPackages, type Packages } from './packages/packages.ts';
import { createPersonalTokens, type PersonalTokens } from './personal-tokens/personal-tokens.ts';
import { createProjects, type Projects } from './projects/projects.ts';
import { createStorage, type Storage } from './quota/storage.ts';
import { createRepositories, type Repositories } from './repositories/repositories.ts';
import { createSessions, type Sessions } from './sessions/sessions.ts';
import { createSignInCounts, type SignInCounts } from './sign-ins/sign-in-counts.ts';
import { createTasks, type Tasks } from './tasks/tasks.ts';
import { createUsageCounts, type UsageCounts } from './usage/usage-counts.ts';
import { createUsers, type Users } from './users/users.ts';

/** All rules of the program, ready to be asked. */
export interface Services extends AsyncDisposable {
  access: Access;
  audit: Audit;
  signIns: SignInLog;
  signInCounts: SignInCounts;
  registryKeys: SigningKeys;
  users: Users;
  personalTokens: PersonalTokens;
  sessions: Sessions;
  idempotencyKeys: IdempotencyKeys;
  groups: Groups;
  projects: Projects;
  members: Members;
  deployTokens: DeployTokens;
  repositories: Repositories;
  lfsObjects: LfsObjects;
  lfsLocks: LfsLocks;
  packages: Packages;
  images: Images;
  collection: Collection;
  storage: Storage;
  tasks: Tasks;
  usage: UsageCounts;
}

/**
 * @param packageTypes the package types, as the domain sees them.
 * @param baseUrl the public URL; with port 0 it is known only after listening.
 */
export function createServices(deps: Deps, packageTypes: readonly PackageBehaviour[], baseUrl: () => string): Services {
  const audit = createAudit(deps);
  const signIns = createSignInLog(audit, deps.clock, deps.report);
  const deployTokens = createDeployTokens(deps, audit);
  const personalTokens = createPersonalTokens(deps, audit);
  const tasks = createTasks(deps);
  const usage = createUsageCounts(deps);
  const sessions = createSessions(deps);
  const packages = createPackages(deps, audit, createPackageTypes(packageTypes), baseUrl);
  return {
    access: createAccess(deps),
    audit,
    signIns,
    signInCounts: createSignInCounts(deps),
    registryKeys: deps.registryKeys,
    users: createUsers(deps, audit),
    personalTokens,
    sessions,
    idempotencyKeys: createIdempotencyKeys(deps),
    groups: createGroups(deps, audit),
    projects: createProjects(deps, audit),
    members: createMembers(deps, audit),
    deployTokens,
    repositories: createRepositories(deps, audit, tasks),
    lfsObjects: createLfsObjects(deps),
    lfsLocks: createLfsLocks(deps),
    packages,
    images: createImages(deps, audit),
    collection: createCollection(deps),
    storage: createStorage(deps, audit),
    tasks,
    usage,
    async [Symbol.asyncDispose]() {
      await signIns[Symbol.asyncDispose]();
      await deployTokens.usage[Symbol.asyncDispose]();
      await personalTokens.usage[Symbol.asyncDispose]();
      await sessions.usage[Symbol.asyncDispose]();
      await usage[Symbol.asyncDispose]();
      await packages.documents.settled();
      await packages.downloads[Symbol.asyncDispose]();
    },
  };
}
