import type { AuditAction, AuditEvent } from '../../../domain/audit/audit.ts';
import { formatBytes } from '../../../lib/byte-size.ts';
import { formatDay } from '../../../lib/instant.ts';
import { titleOfLevel } from '../members/roles.ts';
import { pushSentence } from './push-sentence.ts';

type Details = Readonly<Record<string, unknown>>;

const text = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '');
const list = (value: unknown): string => (Array.isArray(value) ? value.map(text).join(', ') : '');
const count = (value: unknown): number => (Array.isArray(value) ? value.length : 0);
const fromTo = (value: unknown): Details => (typeof value === 'object' && value !== null ? (value as Details) : {});
const quoted = ({ target }: AuditEvent) => `“${target.name}”`;
const change = ({ details }: AuditEvent) => `from ${text(details['from'])} to ${text(details['to'])}`;
const role = (value: unknown) => titleOfLevel(Number(value)).toLowerCase();

function until(value: unknown): string {
  const day = typeof value === 'number' ? formatDay(value) : text(value).slice(0, 10);
  return day ? `, until ${day}` : '';
}

const token = (verb: string) => (event: AuditEvent) =>
  `${verb} the deploy token ${quoted(event)} (${list(event.details['scopes'])}${until(event.details['expires_at'])})`;
const tokenFailed = (event: AuditEvent) =>
  `tried to create the deploy token ${quoted(event)}: ${text(event.details['reason'])}`;
const rule = (verb: string) => (event: AuditEvent) =>
  `${verb} the rule for ${text(event.details['type'])} packages called ${quoted(event)}`;
const versions = (verb: string) => (event: AuditEvent) => {
  const { type, versions: named, count, reason } = event.details;
  const others = typeof count === 'number' && Array.isArray(named) ? ` and ${count - named.length} more` : '';
  return `${verb} ${list(named)}${others} of the ${text(type)} package ${quoted(event)}${text(reason) && `: ${text(reason)}`}`;
};
const kept = (value: unknown) => (typeof value === 'number' ? formatBytes(value) : 'no limit');

const FAILURES: Readonly<Record<string, string>> = {
  wrong_password: 'the password was wrong',
  unknown_user: 'there is no such user',
  user_blocked: 'the user is blocked',
  rate_limited: 'there were too many attempts',
};

/** The event as a sentence that follows the author's name. An action without its line here does not compile. */
const WORDS: Readonly<Record<AuditAction, (event: AuditEvent) => string>> = {
  deploy_token_created: token('created'),
  deploy_token_creation_failed: tokenFailed,
  deploy_token_revoked: token('revoked'),
  deploy_token_destroyed: token('deleted'),
  group_deploy_token_created: token('created'),
  group_deploy_token_creation_failed: tokenFailed,
  group_deploy_token_revoked: token('revoked'),
  group_deploy_token_destroyed: token('deleted'),
  personal_access_token_created: (event) => `created the personal access token ${quoted(event)}`,
  personal_access_token_revoked: (event) => `revoked the personal access token ${quoted(event)}`,
  user_created: ({ target }) => `created the user ${target.name}`,
  user_blocked: ({ target }) => `blocked ${target.name}`,
  user_unblocked: ({ target }) => `unblocked ${target.name}`,
  user_made_admin: ({ target }) => `made ${target.name} an administrator`,
  user_unmade_admin: ({ target }) => `removed administrator rights from ${target.name}`,
  user_password_changed: ({ target }) => `changed the password of ${target.name}`,
  user_signed_in: () => 'signed in with a password',
  user_sign_in_failed: ({ target, details }) => {
    const times = Number(details['failures'] ?? 1);
    const why = FAILURES[text(details['reason'])] ?? text(details['reason']);
    return `failed to sign in as ${target.name}${times > 1 ? `, ${times} times` : ''}: ${why}`;
  },
  member_created: ({ target, details }) => {
    const level = fromTo(details['access_level'])['to'];
    const end = fromTo(details['expires_at'])['to'];
    return `made ${target.name} a member, as ${role(level)}${until(end)}`;
  },
  member_updated: ({ target, details }) => {
    const level = fromTo(details['access_level']);
    const end = fromTo(details['expires_at'])['to'];
    return `changed ${target.name} from ${role(level['from'])} to ${role(level['to'])}${until(end)}`;
  },
  member_destroyed: ({ target, details }) =>
    `removed ${target.name}, who was ${role(fromTo(details['access_level'])['from'])}`,
  signing_key_rotated: ({ target, details }) => `rotated the ${text(details['purpose'])} signing key to ${target.name}`,
  project_created: ({ details }) => `created the project, ${text(details['visibility'])}`,
  project_destroyed: () => 'deleted the project',
  project_archived: () => 'archived the project',
  project_unarchived: () => 'unarchived the project',
  project_visibility_changed: (event) => `changed the visibility of the project, ${change(event)}`,
  project_default_branch_changed: (event) => `changed the default branch, ${change(event)}`,
  project_cleanup_policy_changed: ({ details }) =>
    `changed the cleanup policy of images, which is ${fromTo(details['after'])['enabled'] === true ? 'on' : 'off'}`,
  project_path_changed: (event) => `changed the path, ${change(event)}`,
  project_transferred: (event) => `moved the project, ${change(event)}`,
  storage_limit_changed: ({ details }) =>
    `changed the storage limit from ${kept(details['from'])} to ${kept(details['to'])}`,
  group_created: ({ details }) => `created the group, ${text(details['visibility'])}`,
  group_destroyed: ({ details }) => `deleted the group, with ${text(details['projects'])} projects`,
  group_visibility_changed: (event) => `changed the visibility of the group, ${change(event)}`,
  group_path_changed: (event) => `changed the path, ${change(event)}`,
  group_transferred: (event) => `moved the group, ${change(event)}`,
  package_registry_package_published: (event) =>
    `published the ${text(event.details['type'])} package ${quoted(event)}`,
  package_registry_package_deleted: (event) => `deleted the ${text(event.details['type'])} package ${quoted(event)}`,
  package_registry_package_file_deleted: (event) => `deleted the package file ${quoted(event)}`,
  package_registry_package_tag_set: (event) => {
    const { type, tag, from, to } = event.details;
    return `set the tag ${text(tag)} of the ${text(type)} package ${quoted(event)} to ${text(to)}${text(from) && `, from ${text(from)}`}`;
  },
  package_registry_package_tag_removed: (event) => {
    const { type, tag, from } = event.details;
    return `removed the tag ${text(tag)} of the ${text(type)} package ${quoted(event)}, which was ${text(from)}`;
  },
  package_registry_package_deprecated: versions('deprecated'),
  package_registry_package_undeprecated: versions('removed the deprecation of'),
  package_registry_package_yanked: versions('yanked'),
  package_registry_package_unyanked: versions('unyanked'),
  package_protection_rule_created: rule('made'),
  package_protection_rule_updated: rule('changed'),
  package_protection_rule_destroyed: rule('deleted'),
  repository_pushed: ({ details }) => pushSentence(details),
  container_repository_deleted: (event) => `deleted the image ${quoted(event)}`,
  container_repository_tags_deleted: (event) => `deleted tags of ${quoted(event)}: ${list(event.details['tags'])}`,
  container_repository_manifest_deleted: (event) => `deleted ${text(event.details['digest'])} of ${quoted(event)}`,
  container_repository_manifests_deleted: (event) =>
    `deleted ${count(event.details['digests'])} manifests of ${quoted(event)} that nothing referred to: ${list(event.details['digests'])}`,
  container_repository_blob_deleted: (event) => `deleted the blob ${text(event.details['digest'])} of ${quoted(event)}`,
};

export const ACTIONS = Object.keys(WORDS) as AuditAction[];

export const sentenceOf = (event: AuditEvent): string => WORDS[event.action]?.(event) ?? event.action;

/** Of deploy tokens several may have one name: the number tells which. */
const AUTHORS: Readonly<Record<AuditEvent['by']['kind'], (by: AuditEvent['by']) => string>> = {
  user: ({ name }) => name,
  deployToken: ({ name, id }) => `The deploy token “${name}” (number ${id})`,
  job: ({ id }) => `The CI job ${id}`,
  anonymous: () => 'An anonymous caller',
  system: () => 'Postern itself',
};

export const auditAuthorOf = ({ by }: AuditEvent): string => AUTHORS[by.kind](by);

/** Groups of event types, by their query value. */
export const KINDS: Readonly<Record<string, { title: string; is: (action: AuditAction) => boolean }>> = {
  tokens: { title: 'Deploy tokens', is: (action) => action.includes('deploy_token') },
  members: { title: 'Members', is: (action) => action.startsWith('member_') },
  pushes: { title: 'Pushes', is: (action) => action === 'repository_pushed' },
  packages: { title: 'Packages', is: (action) => action.startsWith('package_') },
  images: { title: 'Images', is: (action) => action.startsWith('container_') },
  places: { title: 'Projects and groups', is: (action) => /^(project|group)_(?!deploy)|^storage/.test(action) },
  users: { title: 'Users and sign-ins', is: (action) => /^(user|personal)_/.test(action) },
};
