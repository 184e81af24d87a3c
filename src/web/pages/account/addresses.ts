/** The addresses of one's own pages; they are GitLab's. */
export const ACCOUNT = {
  profile: '/-/user_settings/profile',
  password: '/-/user_settings/password/edit',
  tokens: '/-/user_settings/personal_access_tokens',
  sessions: '/-/user_settings/active_sessions',
} as const;
