/** The scopes of personal access tokens, in canonical order. */
export const PERSONAL_SCOPES = [
  'api',
  'read_api',
  'read_repository',
  'write_repository',
  'read_registry',
  'write_registry',
] as const;

export type PersonalScope = (typeof PERSONAL_SCOPES)[number];
