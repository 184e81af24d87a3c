/** @jsxImportSource hono/jsx */
import type { ProjectFacts } from '../../../domain/access/facts.ts';
import type { ImageSummary } from '../../../domain/images/image-summary.ts';
import { attachmentOf } from '../../../domain/images/kinds.ts';
import type { ImageRepository } from '../../../domain/images/repositories.ts';
import type { ImageTag, TagQuery } from '../../../domain/images/tags.ts';
import { formatBytes } from '../../../lib/byte-size.ts';
import type { Visit } from '../../page.ts';
import { Badge } from '../../views/badge.tsx';
import { Button } from '../../views/button.tsx';
import { Confirm } from '../../views/dialog.tsx';
import { type Column, Table } from '../../views/table.tsx';
import { Time } from '../../views/time.tsx';
import { sortLink } from '../list-query.ts';

/** The box that ticks a tag belongs to this form, wherever on the page that is. */
const DELETE_FORM = 'delete-tags';

export interface TagList {
  image: ImageRepository;
  /** The address of this page. */
  path: string;
  tags: { items: ImageTag[]; page: number; perPage: number; total: number };
  looks: ReadonlyMap<string, ImageSummary>;
  search: string;
  order: NonNullable<TagQuery['order']>;
  /** How many manifests have no tag. */
  untagged: number;
  /** Tags that have just been deleted. */
  deleted: readonly string[];
  /** How many were deleted at once by a search; null: none. */
  removed: number | null;
  /** A form to delete some came without any. */
  noneTicked?: boolean;
}

/** The tags of an image; who may delete some ticks them. */
export function TagTable({ visit, list }: { visit: Visit<ProjectFacts>; list: TagList }) {
  const { looks, order, tags, path } = list;
  const mayDelete = visit.can('destroy_container_image');
  const columns: Column<ImageTag>[] = [
    {
      title: 'Tag',
      ...sortLink(order, visit.query, 'name'),
      cell: ({ name }) => (
        <span class="ticked">
          {mayDelete ? (
            <input type="checkbox" name="tag" value={name} form={DELETE_FORM} aria-label={`Select ${name}`} />
          ) : null}
          <a href={`${path}/tags/${encodeURIComponent(name)}`}>{name}</a>
        </span>
      ),
    },
    { title: 'Type', cell: (tag) => <What tag={tag.name} look={looks.get(tag.digest)} /> },
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
  return (
    <>
      <Table caption="Tags" columns={mayDelete ? [...columns, remove] : columns} items={tags.items} />
      {mayDelete ? <DeleteTicked path={path} /> : null}
    </>
  );
}

/** `sha256:0123456789ab`: enough to know it again. */
export const shortDigest = (digest: string): string => digest.slice(0, digest.indexOf(':') + 13);

function DeleteTicked({ path }: { path: string }) {
  return (
    <div class="row">
      <Button kind="quiet-danger" small opens="delete-ticked">
        Delete selected tags
      </Button>
      <Confirm
        id="delete-ticked"
        form={DELETE_FORM}
        action={`${path}/tags/delete`}
        title="Delete the selected tags?"
        button="Delete selected tags"
      >
        <p>Pulls by these tags fail from now on. Pulls by digest keep working.</p>
      </Confirm>
    </div>
  );
}

/** Kind and platform. @param tag absent for untagged manifests. */
export function What({ tag = '', look }: { tag?: string; look: ImageSummary | undefined }) {
  const attached = attachmentOf(tag);
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
          Pulls of <code>{tag.name}</code> fail from now on. Other tags and pulls by digest keep working.
        </p>
      </Confirm>
    </>
  );
}
