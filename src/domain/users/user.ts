import type { UserRow } from '../../store/tables/users.ts';

export interface User {
  id: number;
  username: string;
  name: string;
  email: string;
  admin: boolean;
  blocked: boolean;
  createdAt: number;
}

export function toUser(row: UserRow): User {
  return {
    id: row.id,
    username: row.username,
    name: row.name,
    email: row.email,
    admin: row.admin === 1,
    blocked: row.blocked === 1,
    createdAt: row.created_at,
  };
}
