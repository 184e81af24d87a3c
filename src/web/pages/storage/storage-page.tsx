/** @jsxImportSource hono/jsx */
import { type GroupFacts, type ProjectFacts, subjectOf } from '../../../domain/access/facts.ts';
import type { StorageUse } from '../../../domain/quota/storage.ts';
import type { Page, Visit } from '../../page.ts';
import { groupPath, projectPath } from '../../paths.ts';
import { Notice } from '../../views/notice.tsx';
import { PageHeader } from '../../views/page-header.tsx';
import { LimitForm, StorageFacts } from '../../views/storage-use.tsx';
import type { Typed } from '../../views/typed.ts';

export type StorageVisit = Visit<ProjectFacts | GroupFacts>;

/** The address of the page; it is GitLab's. */
export const storagePath = ({ facts }: StorageVisit, query = ''): string =>
  facts.on === 'project'
    ? projectPath(facts.project.full_path, `/-/usage_quotas${query}`)
    : groupPath(facts.group.full_path, `/-/usage_quotas${query}`);

const ABOUT = {
  project:
    'Images, packages and LFS objects; shared data counts once. The Git repository is not counted. Parent groups may have their own limits.',
  group:
    'Images, packages and LFS objects of all projects in this group and its subgroups; shared data counts once. Git repositories are not counted.',
};

/** Settings > Storage: what a project or group stores, and how much it may. */
export function storagePage(visit: StorageVisit, use: StorageUse, typed?: Typed): Page {
  const { facts, query } = visit;
  const path = subjectOf(facts).full_path;
  const body = (
    <PageHeader visit={visit} tab="Settings" subtab="Storage">
      {query.has('saved') && typed === undefined ? <Notice kind="good">Saved.</Notice> : null}
      <section class="card stack" aria-labelledby="stored">
        <h2 id="stored">Storage</h2>
        <p class="soft">{ABOUT[facts.on]}</p>
        <StorageFacts use={use} />
        {visit.can('admin_storage_limit') ? (
          <LimitForm action={storagePath(visit)} use={use} typed={typed} />
        ) : (
          <p class="soft small">Only administrators of this server can set limits.</p>
        )}
      </section>
    </PageHeader>
  );
  return { title: `Storage · ${path}`, body };
}
