/** @jsxImportSource hono/jsx */
import type { ProjectFacts } from '../../../domain/access/facts.ts';
import { attachmentOf } from '../../../domain/images/kinds.ts';
import { imageNameOf } from '../../../domain/images/names.ts';
import type { ImageRepository } from '../../../domain/images/repositories.ts';
import type { ImageTag } from '../../../domain/images/tags.ts';
import type { Links } from '../../../http/links.ts';
import { counted } from '../../counted.ts';
import type { Page, Visit } from '../../page.ts';
import { Button } from '../../views/button.tsx';
import { CopyField } from '../../views/copy-field.tsx';
import { Confirm } from '../../views/dialog.tsx';
import { EmptyState } from '../../views/empty-state.tsx';
import { Notice } from '../../views/notice.tsx';
import { PageHeader } from '../../views/page-header.tsx';
import { Pagination } from '../../views/pagination.tsx';
import { SearchForm } from '../../views/search-form.tsx';
import { type TagList, TagTable } from './tag-table.tsx';

/** The tags of one image. */
export function imagePage(visit: Visit<ProjectFacts>, links: Links, list: TagList): Page {
  const { image, path, tags, search, deleted } = list;
  const name = imageNameOf(image.project_path, image.path);
  const body = (
    <PageHeader visit={visit} tab="Images">
      <div class="row spread">
        <h2>{name}</h2>
        {visit.can('admin_container_image') ? <DeleteImage image={image} path={path} name={name} /> : null}
      </div>
      {deleted.length === 0 ? null : <Deleted tags={deleted} />}
      {list.removed === null ? null : <Notice kind="good">{`${counted(list.removed, 'tag')} deleted.`}</Notice>}
      {list.noneTicked ? <Notice kind="bad">No tags were selected, so none were deleted.</Notice> : null}
      <div class="form">
        <CopyField id="pull" label="Pull" value={`docker pull ${links.image(name)}${firstOf(tags.items)}`} />
      </div>
      {tags.total > 10 || search !== '' ? (
        <SearchForm label="Search tags" search={search} kept={{ sort: visit.query.get('sort') }} />
      ) : null}
      {search !== '' && tags.total > 0 && visit.can('admin_container_image') ? (
        <DeleteMatching {...list} now={visit.now} />
      ) : null}
      {tags.items.length > 0 ? (
        <section class="card">
          <TagTable visit={visit} list={list} />
        </section>
      ) : (
        <EmptyState title={search === '' ? 'No tags' : `No tags match “${search}”`} />
      )}
      <Pagination {...tags} what="tags" query={visit.query} />
      {list.untagged === 0 ? null : (
        <p class="small">
          <a href={`${path}/manifests`}>{`${list.untagged} untagged`}</a>
        </p>
      )}
    </PageHeader>
  );
  return { title: name, body };
}

/** Deletes all tags that the search found, on all pages of the list. */
function DeleteMatching({ path, tags, search, now }: TagList & { now: number }) {
  return (
    <div class="row">
      <Button kind="quiet-danger" small opens="delete-matching">
        {`Delete ${counted(tags.total, 'tag')} that match`}
      </Button>
      <Confirm
        id="delete-matching"
        action={`${path}/tags/delete_matching`}
        title={`Delete ${counted(tags.total, 'tag')} that match “${search}”?`}
        button={`Delete ${counted(tags.total, 'tag')}`}
      >
        <input type="hidden" name="search" value={search} />
        <input type="hidden" name="shown_at" value={String(now)} />
        <p>
          Pulls by these tags fail from now on. The tag <code>latest</code> is kept, and tags that are pushed from now
          on. This cannot be undone.
        </p>
      </Confirm>
    </div>
  );
}

function Deleted({ tags }: { tags: readonly string[] }) {
  return (
    <Notice kind="good">
      {tags.length === 1 ? 'The tag ' : 'These tags are deleted: '}
      <strong>{tags.join(', ')}</strong>
      {tags.length === 1 ? ' is deleted.' : '.'}
    </Notice>
  );
}

/** Reference for `docker pull` when nobody says more is `latest`, which need not be there. */
function firstOf(tags: readonly ImageTag[]): string {
  const first = tags.find(({ name }) => name === 'latest') ?? tags.find(({ name }) => attachmentOf(name) === null);
  return first ? `:${first.name}` : '';
}

function DeleteImage({ image, path, name }: { image: ImageRepository; path: string; name: string }) {
  return (
    <div>
      <Button kind="quiet-danger" opens="delete-image">
        Delete image
      </Button>
      <Confirm id="delete-image" action={`${path}/delete`} title={`Delete ${name}?`} button="Delete image">
        <p>{`This deletes its ${image.tags_count} tags and everything that was pushed under this name. This cannot be undone.`}</p>
      </Confirm>
    </div>
  );
}
