import type { ProjectRow } from '../../store/tables/projects.ts';

/** A project as the audit log names it. */
export const projectEntity = ({ id, full_path }: Pick<ProjectRow, 'id' | 'full_path'>) =>
  ({ kind: 'Project', id, path: full_path }) as const;
