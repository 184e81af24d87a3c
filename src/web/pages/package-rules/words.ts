import { ADMINISTRATOR_ROLE } from '../../../authz/permissions.ts';
import { ROLES } from '../../../domain/members/roles.ts';

/** The least role that a rule can ask for. */
export const LEVELS = [
  { level: ROLES.maintainer, title: 'Maintainers and owners' },
  { level: ROLES.owner, title: 'Owners' },
  { level: ADMINISTRATOR_ROLE, title: 'Administrators of the server' },
] as const;

export const titleOfLevel = (level: number | null): string =>
  LEVELS.find((one) => one.level === level)?.title ?? 'Default';
