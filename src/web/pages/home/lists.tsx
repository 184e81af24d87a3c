/** @jsxImportSource hono/jsx */
import type { Group } from '../../../domain/groups/groups.ts';
import type { SeenProject } from '../../../domain/projects/projects.ts';
import { groupPath, projectPath } from '../../paths.ts';
import { Badge } from '../../views/badge.tsx';
import { Time } from '../../views/time.tsx';

/** Projects by their full path, with what changed last. */
export function ProjectList({ projects }: { projects: readonly SeenProject[] }) {
  return (
    <ul class="things card">
      {projects.map((project) => (
        <li>
          <span>
            <a href={projectPath(project.full_path)}>{project.full_path}</a>{' '}
            {project.archived === 1 ? <Badge kind="warn">archived</Badge> : null}
            {project.description === '' ? null : <p class="soft small">{project.description}</p>}
          </span>
          <span class="soft small">
            <Badge>{project.visibility}</Badge> <Time at={project.last_activity_at} />
          </span>
        </li>
      ))}
    </ul>
  );
}

export function GroupList({ groups }: { groups: readonly Group[] }) {
  return (
    <ul class="things card">
      {groups.map((group) => (
        <li>
          <span>
            <a href={groupPath(group.full_path)}>{group.full_path}</a>
            {group.description === '' ? null : <p class="soft small">{group.description}</p>}
          </span>
          <Badge>{group.visibility}</Badge>
        </li>
      ))}
    </ul>
  );
}
