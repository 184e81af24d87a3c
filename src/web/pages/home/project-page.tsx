/** @jsxImportSource hono/jsx */
import type { ProjectFacts } from '../../../domain/access/facts.ts';
import type { StorageUse } from '../../../domain/quota/storage.ts';
import type { RepositoryView } from '../../../domain/repositories/repositories.ts';
import type { Links } from '../../../http/links.ts';
import type { Page, Visit } from '../../page.ts';
import { CopyField } from '../../views/copy-field.tsx';
import { EmptyState } from '../../views/empty-state.tsx';
import { PageHeader } from '../../views/page-header.tsx';
import { Time } from '../../views/time.tsx';
import { AboutProject } from './about-project.tsx';
import { PushInstructions } from './push-instructions.tsx';
import { Readme } from './readme.tsx';

export interface ProjectHome {
  /** Null: it is switched off, not for who asks, or the server is too busy to look. */
  repository: RepositoryView | null;
  /** Null: not for this visibilityFilter. */
  storage: StorageUse | null;
  links: Links;
}

/** Where a project is cloned from and pushed to, what was pushed last, and what its README says. */
export function projectPage(visit: Visit<ProjectFacts>, home: ProjectHome): Page {
  const { project } = visit.facts;
  const body = (
    <PageHeader visit={visit} tab="Overview">
      {project.description === '' ? null : <p class="about">{project.description}</p>}
      <div class="columns">
        <div class="stack">
          <Addresses visit={visit} links={home.links} />
          {home.repository ? <Repository visit={visit} repository={home.repository} links={home.links} /> : null}
        </div>
        <AboutProject visit={visit} repository={home.repository} storage={home.storage} />
      </div>
    </PageHeader>
  );
  return { title: project.full_path, body };
}

function Addresses({ visit: { facts, can }, links }: { visit: Visit<ProjectFacts>; links: Links }) {
  const { project, features } = facts;
  const code = features.repository && can('download_code');
  const images = features.registry && can('read_container_image');
  if (!code && !images) return null;
  const url = links.repository(project.full_path);
  const scheme = url.startsWith('https:') ? 'HTTPS' : 'HTTP';
  return (
    <section class="card stack" aria-label="Addresses">
      {code ? (
        <CopyField id="clone" label={`${can('push_code') ? 'Clone and push' : 'Clone'} with ${scheme}`} value={url} />
      ) : null}
      {images ? (
        <CopyField id="image" label="Container image" value={links.image(project.full_path.toLowerCase())} />
      ) : null}
    </section>
  );
}

type RepositoryProps = { visit: Visit<ProjectFacts>; repository: RepositoryView; links: Links };

function Repository({ visit, repository, links }: RepositoryProps) {
  const { branch, commit, branches, readme } = repository;
  const { project } = visit.facts;
  if (branches.newest.length === 0) {
    return visit.can('push_code') ? (
      <PushInstructions url={links.repository(project.full_path)} path={project.path} branch={branch} />
    ) : (
      <EmptyState title="Nothing has been pushed yet">
        <p>Its README and latest commit will be shown here.</p>
      </EmptyState>
    );
  }
  return (
    <>
      {commit ? (
        <section class="card commit" aria-label="Latest commit">
          <strong>{commit.subject}</strong>
          <span class="soft small">
            {commit.author}, <Time at={commit.at} /> on <code>{branch}</code>
          </span>
          <code class="soft" title={commit.id}>
            {commit.id.slice(0, 8)}
          </code>
        </section>
      ) : null}
      {readme ? <Readme {...readme} /> : null}
    </>
  );
}
