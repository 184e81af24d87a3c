/** @jsxImportSource hono/jsx */
import type { ProjectFacts } from '../../../domain/access/facts.ts';
import type { Links } from '../../../http/links.ts';
import type { Page, Visit } from '../../page.ts';
import { CopyField } from '../../views/copy-field.tsx';
import { Place } from '../../views/place.tsx';
import { Time } from '../../views/time.tsx';

/** Where a project is cloned from, and what it is. */
export function projectPage(visit: Visit<ProjectFacts>, links: Links): Page {
  const { project, features } = visit.facts;
  const body = (
    <Place visit={visit} tab="Overview">
      {project.description === '' ? null : <p>{project.description}</p>}
      {features.repository && visit.can('download_code') ? (
        <section class="card form">
          <CopyField id="clone" label="Clone with HTTPS" value={links.repository(project.full_path)} />
        </section>
      ) : null}
      <dl class="facts small">
        <dt>Project ID</dt>
        <dd>{project.id}</dd>
        <dt>Made</dt>
        <dd>
          <Time at={project.created_at} />
        </dd>
      </dl>
    </Place>
  );
  return { title: project.full_path, body };
}
