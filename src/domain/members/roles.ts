/** The roles and their levels on the wire. A role includes what the lower ones may. */
export const ROLES = { guest: 10, reporter: 20, developer: 30, maintainer: 40, owner: 50 } as const;

export type Role = keyof typeof ROLES;
export type AccessLevel = (typeof ROLES)[Role];
/** 0: no role at all. */
export type AnyLevel = 0 | AccessLevel;

export function isAccessLevel(value: number): value is AccessLevel {
  return (Object.values(ROLES) as number[]).includes(value);
}
