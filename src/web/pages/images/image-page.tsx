/** @jsxImportSource hono/jsx */
import type { ProjectFacts } from '../../../domain/access/facts.ts';
import { attachmentOf } from '../../../domain/images/kinds.ts';
import type { Look } from '../../../domain/images/looks.ts';
import { imageNameOf } from '../../../domain/images/names.ts';
import type { ImageRepository } from '../../../domain/images/repositories.ts';
import type { ImageTag, TagWishes } from '../../../domain/images/tags.ts';
import type { Links } from '../../../http/links.ts';
import { formatBytes } from '../../../lib/byte-size.ts';
import type { Page, Visit } from '../../page.ts';
import { Badge } from '../../views/badge.tsx';
import { Button } from '../../views/button.tsx';
import { CopyField } from '../../views/copy-field.tsx';
import { Confirm } from '../../views/dialog.tsx';
import { EmptyState } from '../../views/empty-state.tsx';
import { Notice } from '../../views/notice.tsx';
import { Pagination } from '../../views/pagination.tsx';
import { Place } from '../../views/place.tsx';
import { SearchForm } from '../../views/search-form.tsx';
import { type Column, Table } from '../../views/table.tsx';
import { Time } from '../../views/time.tsx';
import { sortLink } from '../wishes.ts';

export interface TagList {
  image: ImageRepository;
  /** The address of this page. */
  path: string;
  tags: { items: ImageTag[]; page: number; perPage: number; total: number };
  looks: ReadonlyMap<string, Look>;
  search: string;
  order: NonNullable<TagWishes['order']>;
  /** A tag that has just been deleted. */
  deleted: string | null;
}

/** The tags of one image. */
export function imagePage(visit: Visit<ProjectFacts>, links: Links, list: TagList): Page {
  const { image, path, tags, search, deleted } = list;
  const name = imageNameOf(image.project_path, image.path);
  const body = (
    <Place visit={visit} tab="Images">
      <div class="row spread">
        <h2>{name}</h2>
        {visit.can('admin_container_image') ? <DeleteImage image={image} path={path} name={name} /> : null}
      </div>
      {deleted === null ? null : (
        <Notice kind="good">
          The tag <strong>{deleted}</strong> is deleted.
        </Notice>
      )}
      <div class="form">
        <CopyField id="pull" label="Pull" value={`docker pull ${links.image(name)}${firstOf(tags.items)}`} />
      </div>
      {tags.total > 10 || search !== '' ? (
        <SearchForm label="Search tags" search={search} kept={{ sort: visit.query.get('sort') }} />
      ) : null}
      {tags.items.length > 0 ? (
        <section class="card">
          <TagTable visit={visit} list={list} />
        </section>
      ) : (
        <EmptyState title={search === '' ? 'No tags' : `No tag is called “${search}”`} />
      )}
      <Pagination {...tags} what="tags" query={visit.query} />
    </Place>
  );
  return { title: name, body };
}

/** What `docker pull` takes when nobody says more is `latest`, which need not be there. */
function firstOf(tags: readonly ImageTag[]): string {
  const first = tags.find(({ name }) => name === 'latest') ?? tags.find(({ name }) => attachmentOf(name) === null);
  return first ? `:${first.name}` : '';
}

function TagTable({ visit, list }: { visit: Visit; list: TagList }) {
  const { looks, order, tags, path } = list;
  const columns: Column<ImageTag>[] = [
    {
      title: 'Tag',
      ...sortLink(order, visit.query, 'name'),
      cell: (tag) => <a href={`${path}/tags/${encodeURIComponent(tag.name)}`}>{tag.name}</a>,
    },
    { title: 'What', cell: (tag) => <What tag={tag} look={looks.get(tag.digest)} /> },
    { title: 'Size', kind: 'number', cell: ({ digest }) => formatBytes(looks.get(digest)?.bytes ?? 0) },
    { title: 'Digest', cell: ({ digest }) => <code title={digest}>{shortDigest(digest)}</code> },
    {
      title: 'Pushed',
      ...sortLink(order, visit.query, 'updated_at'),
      cell: ({ updated_at }) => <Time at={updated_at} />,
    },
  ];
  const remove: Column<ImageTag> = {
    title: 'Delete',
    kind: 'tools',
    cell: (tag) => <DeleteTag tag={tag} path={path} />,
  };
  const all = visit.can('destroy_container_image') ? [...columns, remove] : columns;
  return <Table caption="Tags" columns={all} items={tags.items} />;
}

/** `sha256:0123456789ab`: enough to know it again. */
export const shortDigest = (digest: string): string => digest.slice(0, digest.indexOf(':') + 13);

function What({ tag, look }: { tag: ImageTag; look: Look | undefined }) {
  const attached = attachmentOf(tag.name);
  return (
    <span class="badges">
      <Badge kind={attached ? 'good' : 'plain'}>{attached?.kind ?? look?.kind ?? 'Artifact'}</Badge>
      {(look?.platforms ?? []).map((platform) => (
        <Badge kind="code">{platform}</Badge>
      ))}
    </span>
  );
}

export function DeleteTag({ tag, path }: { tag: Pick<ImageTag, 'name'>; path: string }) {
  const id = `delete-tag-${tag.name}`;
  return (
    <>
      <Button kind="quiet-danger" small opens={id} label={`Delete ${tag.name}`}>
        Delete
      </Button>
      <Confirm
        id={id}
        action={`${path}/tags/${encodeURIComponent(tag.name)}/delete`}
        title={`Delete the tag ${tag.name}?`}
        button="Delete tag"
      >
        <p>
          Whatever pulls <code>{tag.name}</code> by this name fails from now on. Other tags stay, and so does what is
          pulled by its digest.
        </p>
      </Confirm>
    </>
  );
}

function DeleteImage({ image, path, name }: { image: ImageRepository; path: string; name: string }) {
  return (
    <div>
      <Button kind="quiet-danger" opens="delete-image">
        Delete image
      </Button>
      <Confirm id="delete-image" action={`${path}/delete`} title={`Delete ${name}?`} button="Delete image">
        <p>{`Its ${image.tags_count} tags and all that was pushed under this name go with it. This cannot be undone.`}</p>
      </Confirm>
    </div>
  );
}
