import { invalidParameter } from '../lib/errors.ts';

/**
 * The parameters that GitLab's API has and this one does not, where ignoring them would give a client something else
 * than it asked for. They are refused by name. Parameters that are not listed here, and that a row does not have, are
 * ignored, as in GitLab.
 *
 * A parameter that becomes supported is deleted here.
 */

/** The values that a parameter may have without being refused. */
type Accepted = readonly string[];
type Parameters = Readonly<Record<string, Accepted>>;

const named = (names: string, values: Accepted): Parameters =>
  Object.fromEntries(
    names
      .trim()
      .split(/\s+/)
      .map((name): [string, Accepted] => [name, values]),
  );

/** Refused with every value. */
const always = (names: string): Parameters => named(names, []);
/** Refused unless it is switched off. */
const unlessOff = (names: string): Parameters =>
  named(names, ['false', 'f', '0', 'no', 'n', 'off', 'disabled', 'none']);
/** Refused unless it has one of these values. */
const unless = (name: string, ...values: string[]): Parameters => ({ [name]: values });

/** On creation and change of a project. */
const PROJECT: Parameters = {
  ...unlessOff(`
    allow_merge_on_skipped_pipeline allow_pipeline_trigger_approve_deployment analytics_access_level
    approvals_before_merge auto_cancel_pending_pipelines auto_devops_enabled builds_access_level
    enforce_auth_checks_on_uploads environments_access_level feature_flags_access_level forking_access_level
    group_runners_enabled infrastructure_access_level issues_access_level issues_enabled jobs_enabled
    merge_pipelines_enabled merge_requests_access_level merge_requests_enabled merge_trains_enabled mirror
    mirror_trigger_builds model_experiments_access_level model_registry_access_level monitor_access_level
    only_allow_merge_if_all_discussions_are_resolved only_allow_merge_if_all_status_checks_passed
    only_allow_merge_if_pipeline_succeeds pages_access_level pre_receive_secret_detection_enabled
    printing_merge_request_link_enabled public_builds public_jobs releases_access_level
    remove_source_branch_after_merge request_access_enabled requirements_access_level
    resolve_outdated_diff_discussions security_and_compliance_access_level shared_runners_enabled
    snippets_access_level snippets_enabled warn_about_potentially_unwanted_characters wiki_access_level wiki_enabled
  `),
  ...always(`
    auto_devops_deploy_strategy avatar build_timeout ci_config_path external_authorization_classification_label
    import_url issue_branch_template merge_commit_template repository_storage resource_group_default_process_mode
    squash_commit_template suggestion_commit_message tag_list topics
  `),
  ...unless('build_git_strategy', 'fetch'),
  ...unless('merge_method', 'merge'),
  ...unless('squash_option', 'default_off', 'never'),
};

const NEW_PROJECT: Parameters = {
  ...PROJECT,
  ...unlessOff('initialize_with_readme use_custom_template'),
  ...always('group_with_project_templates_id template_name template_project_id'),
  // A repository is made by the first push; until then it has the branch `main`.
  ...unless('default_branch', 'main'),
  ...unless('repository_object_format', 'sha1'),
};

const PROJECT_CHANGE: Parameters = {
  ...PROJECT,
  ...unlessOff(`
    ci_forward_deployment_enabled ci_forward_deployment_rollback_allowed ci_job_token_scope_enabled
    ci_push_repository_for_job_token_allowed ci_separated_caches keep_latest_artifact
    merge_request_title_regex_description mirror_overwrites_diverged_branches mr_default_target_self
    only_mirror_protected_branches protect_merge_request_pipelines restrict_user_defined_variables
    service_desk_enabled web_based_commit_signing_enabled
  `),
  ...always(`
    ci_default_git_depth ci_delete_pipelines_in_seconds ci_id_token_sub_claim_components
    ci_pipeline_variables_minimum_override_role ci_restrict_pipeline_cancellation_role issues_template
    max_artifacts_size merge_request_title_regex merge_requests_template mirror_branch_regex mirror_user_id
  `),
};

/** On creation and change of a group. */
const GROUP: Parameters = {
  ...unlessOff(`
    auto_devops_enabled experiment_features_enabled membership_lock only_allow_merge_if_all_discussions_are_resolved
    only_allow_merge_if_pipeline_succeeds prevent_forking_outside_group prevent_sharing_groups_outside_hierarchy
    request_access_enabled require_two_factor_authentication service_access_tokens_expiration_enforced
    share_with_group_lock unique_project_download_limit wiki_access_level
  `),
  ...always(`
    allowed_email_domains_list avatar default_branch default_branch_protection_defaults duo_availability
    enabled_git_access_protocol extra_shared_runners_minutes_limit file_template_project_id ip_restriction_ranges
    max_artifacts_size shared_runners_minutes_limit step_up_auth_required_oauth_provider two_factor_grace_period
  `),
  ...unless('default_branch_protection', '0'),
  ...unless('lfs_enabled', 'true', 't', '1', 'yes', 'y', 'on'),
  ...unless('project_creation_level', 'developer'),
  ...unless('shared_runners_setting', 'disabled_and_unoverridable'),
  ...unless('subgroup_creation_level', 'maintainer'),
};

/** Filters and additions of the lists of projects. */
const PROJECT_LIST: Parameters = {
  ...unlessOff(`
    imported include_hidden repository_checksum_failed starred statistics wiki_checksum_failed with_custom_attributes
    with_issues_enabled with_merge_requests_enabled with_security_reports
  `),
  ...always(`
    active id_after id_before last_activity_after last_activity_before marked_for_deletion_on repository_storage topic
    topic_id updated_after updated_before with_programming_language
  `),
};

const GROUP_LIST: Parameters = {
  ...unlessOff('statistics with_custom_attributes'),
  ...always('active archived marked_for_deletion_on repository_storage'),
};

const MEMBER_LIST: Parameters = { ...unlessOff('show_seat_info with_saml_identity'), ...always('skip_users state') };
const NEW_MEMBER: Parameters = always('member_role_id username');

const ARCHIVE: Parameters = { ...unlessOff('include_lfs_blobs'), ...always('exclude_paths') };

/** By row. */
export const UNSUPPORTED: Readonly<Record<string, Parameters>> = {
  'GET /api/v4/projects': PROJECT_LIST,
  'POST /api/v4/projects': NEW_PROJECT,
  'GET /api/v4/projects/:id': unlessOff('license with_custom_attributes'),
  'PUT /api/v4/projects/:id': PROJECT_CHANGE,
  'GET /api/v4/groups': GROUP_LIST,
  'POST /api/v4/groups': { ...GROUP, ...always('organization_id') },
  'GET /api/v4/groups/:id': unlessOff('with_custom_attributes'),
  'PUT /api/v4/groups/:id': GROUP,
  'GET /api/v4/groups/:id/subgroups': GROUP_LIST,
  'GET /api/v4/groups/:id/descendant_groups': GROUP_LIST,
  'GET /api/v4/groups/:id/projects': PROJECT_LIST,
  'GET /api/v4/projects/:id/members': MEMBER_LIST,
  'GET /api/v4/projects/:id/members/all': MEMBER_LIST,
  'POST /api/v4/projects/:id/members': NEW_MEMBER,
  'PUT /api/v4/projects/:id/members/:user_id': always('member_role_id'),
  'GET /api/v4/groups/:id/members': MEMBER_LIST,
  'GET /api/v4/groups/:id/members/all': MEMBER_LIST,
  'POST /api/v4/groups/:id/members': NEW_MEMBER,
  'PUT /api/v4/groups/:id/members/:user_id': always('member_role_id'),
  'GET /api/v4/namespaces': unlessOff('full_path_search owned_only top_level_only'),
  'GET /api/v4/users': {
    ...unlessOff(`
      admins auditors exclude_active exclude_external exclude_humans exclude_internal external humans
      skip_ldap with_custom_attributes without_project_bots without_projects
    `),
    ...always(
      'created_after created_before extern_uid order_by provider public_email saml_provider_id sort two_factor',
    ),
  },
  'POST /api/v4/users': {
    ...unlessOff('auditor external private_profile reset_password'),
    ...always('avatar extern_uid group_id_for_saml projects_limit provider public_email'),
    ...unless('can_create_group', 'true', 't', '1', 'yes', 'y', 'on'),
  },
  'GET /api/v4/projects/:id/repository/branches': always('regex'),
  'GET /api/v4/projects/:id/repository/files/:file_path/raw': unlessOff('lfs'),
  'GET /api/v4/projects/:id/repository/commits': unlessOff('follow trailers'),
  'GET /api/v4/projects/:id/repository/commits/:sha/diff': unlessOff('unidiff'),
  'GET /api/v4/projects/:id/repository/compare': { ...unlessOff('unidiff'), ...always('from_project_id') },
  'GET /api/v4/projects/:id/repository/archive': ARCHIVE,
  'GET /api/v4/projects/:id/repository/archive.:format': ARCHIVE,
  'GET /api/v4/personal_access_tokens': always('expires_after expires_before sort'),
  'GET /api/v4/audit_events': always('author_id entity_id entity_type'),
};

/**
 * Refuses the parameters of GitLab that a row does not support.
 * @param row its method and path, as in the table of routes.
 * @throws PosternError `invalid`: `avatar, topics are not supported`.
 */
export function refuseUnsupported(row: string, parameters: Readonly<Record<string, unknown>>): void {
  const unsupported = UNSUPPORTED[row];
  if (!unsupported) return;
  const found = Object.keys(parameters).filter(
    (name) => Object.hasOwn(unsupported, name) && !asksForNothing(parameters[name], unsupported[name] ?? []),
  );
  if (found.length === 0) return;
  const verb = found.length === 1 ? 'is' : 'are';
  throw invalidParameter(`${found.join(', ')} ${verb} not supported`, HINT);
}

const HINT = 'GitLab has this parameter and Postern does not. Leave it out.';

/** Whether a value leaves everything as it is. An empty list does; an object never does. */
function asksForNothing(value: unknown, accepted: Accepted): boolean {
  if (value === null || value === undefined || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value !== 'object' && accepted.includes(String(value).toLowerCase());
}
