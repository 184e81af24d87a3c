/** @jsxImportSource hono/jsx */
import type { ProjectFacts } from '../../../domain/access/facts.ts';
import type { StorageUse } from '../../../domain/quota/storage.ts';
import type { RepositoryView } from '../../../domain/repositories/repositories.ts';
import { formatBytes } from '../../../lib/byte-size.ts';
import type { Visit } from '../../page.ts';
import { projectPath } from '../../paths.ts';
import { Time } from '../../views/time.tsx';

interface AboutProjectProps {
  visit: Visit<ProjectFacts>;
  repository: RepositoryView | null;
  storage: StorageUse | null;
}

/** How many branches and tags are named beside the README. */
const NAMED = 5;

/** The sidebar of a project: branches, tags, storage and ID. */
export function AboutProject({ visit, repository, storage }: AboutProjectProps) {
  const { project } = visit.facts;
  return (
    <aside class="stack beside" aria-label="About this project">
      {repository && repository.branches.newest.length > 0 ? (
        <>
          <Refs kind="branches" refs={repository.branches} path={project.full_path} first={repository.branch} />
          <Refs kind="tags" refs={repository.tags} path={project.full_path} first="" />
        </>
      ) : null}
      {storage ? (
        <section class="stack" aria-labelledby="storage">
          <h2 id="storage">Storage</h2>
          <Storage visit={visit} repository={repository} storage={storage} />
        </section>
      ) : null}
      <dl class="facts small">
        <dt>Project ID</dt>
        <dd>{project.id}</dd>
        <dt>Created</dt>
        <dd>
          <Time at={project.created_at} />
        </dd>
      </dl>
    </aside>
  );
}

function Storage({ visit: { facts, can }, repository, storage }: AboutProjectProps & { storage: StorageUse }) {
  const { features } = facts;
  const rows: [string, number | null][] = [
    ['Repository', repository?.bytes ?? null],
    ['LFS objects', features.lfs && can('download_code') ? storage.lfs : null],
    ['Images', features.registry && can('read_container_image') ? storage.images : null],
    ['Packages', features.packages && can('read_package') ? storage.packages : null],
  ];
  return (
    <dl class="facts small">
      {rows.map(([what, bytes]) =>
        bytes === null ? null : (
          <>
            <dt>{what}</dt>
            <dd>{formatBytes(bytes)}</dd>
          </>
        ),
      )}
    </dl>
  );
}

interface RefsProps {
  kind: 'branches' | 'tags';
  refs: RepositoryView['branches'];
  path: string;
  /** The name that is marked. */
  first: string;
}

/** The newest few, and the way to all. */
function Refs({ kind, refs: { newest, more }, path, first }: RefsProps) {
  const title = kind === 'branches' ? 'Branches' : 'Tags';
  return (
    <section class="stack" aria-labelledby={kind}>
      <div class="row spread">
        <h2 id={kind}>{title}</h2>
        {more || newest.length > NAMED ? (
          <a class="small" href={projectPath(path, `/-/${kind}`)}>
            All {kind}
          </a>
        ) : null}
      </div>
      {newest.length === 0 ? (
        <p class="soft small">None.</p>
      ) : (
        <ul class="refs small">
          {newest.slice(0, NAMED).map(({ name, at }) => (
            <li>
              <code class={name === first ? 'strong' : undefined}>{name}</code>
              <span class="soft">
                <Time at={at} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
