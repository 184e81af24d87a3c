import { type AccessLevel, ROLES, type Role } from '../../../domain/members/roles.ts';

export interface RoleWords {
  level: AccessLevel;
  title: string;
  /** The rights it adds to the role below it. */
  may: string;
}

const WORDS: Readonly<Record<Role, Omit<RoleWords, 'level'>>> = {
  guest: { title: 'Guest', may: 'Sees the project and its members, but none of its content.' },
  reporter: { title: 'Reporter', may: 'Clones code, pulls images and installs packages.' },
  developer: { title: 'Developer', may: 'Pushes code and images, and publishes packages.' },
  maintainer: {
    title: 'Maintainer',
    may: 'Creates and revokes deploy tokens, deletes packages and images, changes settings, and manages project members.',
  },
  owner: {
    title: 'Owner',
    may: 'Moves, archives and deletes projects and groups, manages group members, and reads the audit log.',
  },
};

/** The roles, from the lowest to the highest. */
export const ROLE_WORDS: readonly RoleWords[] = (Object.keys(WORDS) as Role[]).map((role) => ({
  level: ROLES[role],
  ...WORDS[role],
}));

export const titleOfLevel = (level: number): string =>
  ROLE_WORDS.find((role) => role.level === level)?.title ?? 'No role';
