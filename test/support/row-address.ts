import type { Route } from '../../src/http/route.ts';

export interface Named {
  groupId: number;
  groupPath: string;
  projectId: number;
  projectPath: string;
}

interface Place {
  id: number;
  full_path: string;
}

/** The ids and paths of a group and a project, for {@link addressOfRow}. */
export const namedBy = (group: Place, project: Place): Named => ({
  groupId: group.id,
  groupPath: group.full_path,
  projectId: project.id,
  projectPath: project.full_path,
});

/** A row as people call it. */
export const nameOfRow = ({ method, path, query }: Route) =>
  `${method} ${path}${query ? `?${query.name}=${query.value}` : ''}`;

/**
 * Values for the parameters that do not name the project or group: such that fit their patterns and that nothing has.
 */
const SAMPLES: Record<string, string> = {
  oid: 'ab'.repeat(32),
  size: '1',
};

/**
 * An address that this row answers for.
 * @param by whether the project or group is named by its path or its number.
 * @param values of parameters, in place of those that nothing has.
 * @returns null when the row cannot be asked that way, or when both ways would be the same.
 */
export function addressOfRow(
  { path, query, access }: Route,
  named: Named,
  by: 'path' | 'id',
  values: Readonly<Record<string, string | number>> = {},
): string | null {
  const target = access.on === 'project' || access.on === 'group' ? access : null;
  if (by === 'id' && target?.by !== 'id') return null;
  const full = target?.on === 'group' ? named.groupPath : named.projectPath;
  const id = target?.on === 'group' ? named.groupId : named.projectId;
  const value = (name: string) => {
    if (values[name] !== undefined) return String(values[name]);
    if (name !== target?.param) return SAMPLES[name] ?? '999999';
    if (target.by === 'id') return by === 'id' ? String(id) : encodeURIComponent(full);
    return full;
  };
  const filled = path.replace(/:(\w+)(\{(?:[^{}]|\{[^{}]*\})*\})?\??/g, (_, name: string, pattern?: string) =>
    pattern?.includes('\\.git') ? `${value(name)}.git` : value(name),
  );
  return filled + (query ? `?${query.name}=${query.value}` : '');
}
