/** @jsxImportSource hono/jsx */
import type { ProjectFacts } from '../../../domain/access/facts.ts';
import type { ImageSummary } from '../../../domain/images/image-summary.ts';
import { imageNameOf } from '../../../domain/images/names.ts';
import type { ImageRepository } from '../../../domain/images/repositories.ts';
import type { ManifestHead } from '../../../domain/images/untagged.ts';
import { formatBytes } from '../../../lib/byte-size.ts';
import { counted } from '../../counted.ts';
import type { Page, Visit } from '../../page.ts';
import { Button } from '../../views/button.tsx';
import { Confirm } from '../../views/dialog.tsx';
import { EmptyState } from '../../views/empty-state.tsx';
import { Notice } from '../../views/notice.tsx';
import { PageHeader } from '../../views/page-header.tsx';
import { Pagination } from '../../views/pagination.tsx';
import { type Column, Table } from '../../views/table.tsx';
import { Time } from '../../views/time.tsx';
import { shortDigest, What } from './tag-table.tsx';

interface Untagged {
  image: ImageRepository;
  /** The address of the image's page. */
  path: string;
  manifests: { items: ManifestHead[]; page: number; perPage: number; total: number };
  looks: ReadonlyMap<string, ImageSummary>;
  /** One that has just been deleted. */
  deleted: string | null;
  /** How many of all of them nothing refers to. */
  unreferenced: number;
  /** How many have just been deleted at once; null: none. */
  removed: number | null;
  /** Days after which they are deleted; 0: never. */
  days: number;
}

/** The manifests of an image that no tag is on. */
export function untaggedPage(visit: Visit<ProjectFacts>, untagged: Untagged): Page {
  const { image, path, manifests, deleted, removed, days } = untagged;
  const name = imageNameOf(image.project_path, image.path);
  const body = (
    <PageHeader visit={visit} tab="Images">
      <p class="small">
        <a href={path}>{name}</a>
      </p>
      <div class="row spread">
        <h2>Untagged</h2>
        {untagged.unreferenced > 1 && visit.can('admin_container_image') ? <DeleteAll {...untagged} /> : null}
      </div>
      <p class="soft">
        Manifests that were pushed by digest, or lost their tag when it was moved or deleted. They can be pulled by
        digest. {days === 0 ? 'They are kept until you delete them.' : afterDays(days)}
      </p>
      {deleted === null ? null : (
        <Notice kind="good">
          <code>{shortDigest(deleted)}</code> is deleted.
        </Notice>
      )}
      {removed === null ? null : <Notice kind="good">{`${counted(removed, 'manifest')} deleted.`}</Notice>}
      {manifests.items.length === 0 ? (
        <EmptyState title="No untagged manifests" />
      ) : (
        <section class="card">
          <ManifestTable visit={visit} untagged={untagged} />
        </section>
      )}
      <Pagination {...manifests} what="manifests" query={visit.query} />
    </PageHeader>
  );
  return { title: `Untagged · ${name}`, body };
}

const afterDays = (days: number) =>
  `Those that nothing refers to are deleted after ${days === 1 ? 'a day' : `${days} days`}.`;

function DeleteAll({ path, unreferenced }: Untagged) {
  return (
    <div>
      <Button kind="quiet-danger" opens="delete-untagged">
        {`Delete ${unreferenced} unreferenced manifests`}
      </Button>
      <Confirm
        id="delete-untagged"
        action={`${path}/manifests/delete`}
        title={`Delete ${unreferenced} manifests that nothing refers to?`}
        button={`Delete ${unreferenced} manifests`}
      >
        <p>
          Manifests that only these list, and their signatures and attestations, are deleted with them. Pulls by their
          digests fail from now on. This cannot be undone.
        </p>
      </Confirm>
    </div>
  );
}

function ManifestTable({ visit, untagged }: { visit: Visit<ProjectFacts>; untagged: Untagged }) {
  const { path, manifests, looks } = untagged;
  const columns: Column<ManifestHead>[] = [
    { title: 'Digest', cell: ({ digest }) => <DigestLink path={path} digest={digest} /> },
    { title: 'Type', cell: ({ digest }) => <What look={looks.get(digest)} /> },
    { title: 'Size', kind: 'number', cell: ({ digest }) => formatBytes(looks.get(digest)?.bytes ?? 0) },
    { title: 'Belongs to', cell: (manifest) => <BelongsTo path={path} manifest={manifest} /> },
    { title: 'Pushed', cell: ({ created_at }) => <Time at={created_at} /> },
  ];
  const remove: Column<ManifestHead> = {
    title: 'Delete',
    kind: 'tools',
    cell: (manifest) => <DeleteManifest path={path} manifest={manifest} small />,
  };
  const mayDelete = visit.can('destroy_container_image');
  return (
    <Table caption="Untagged manifests" columns={mayDelete ? [...columns, remove] : columns} items={manifests.items} />
  );
}

export function DigestLink({ path, digest }: { path: string; digest: string }) {
  return (
    <a href={`${path}/manifests/${digest}`} title={digest}>
      <code>{shortDigest(digest)}</code>
    </a>
  );
}

/** The indexes that contain the manifest, and its subject. */
function BelongsTo({ path, manifest: { listedIn, subject } }: { path: string; manifest: ManifestHead }) {
  if (listedIn !== null) return <DigestLink path={path} digest={listedIn} />;
  return subject === null ? <span class="soft">Nothing</span> : <code title={subject}>{shortDigest(subject)}</code>;
}

interface DeleteManifestProps {
  path: string;
  manifest: Pick<ManifestHead, 'digest' | 'listedIn'>;
  small?: boolean;
}

/** A manifest listed in an index is deleted only with the index, which would otherwise be incomplete. */
export function DeleteManifest({ path, manifest: { digest, listedIn }, small = false }: DeleteManifestProps) {
  if (listedIn !== null) return null;
  const id = `delete-${digest.replace(':', '-')}`;
  return (
    <>
      <Button kind="quiet-danger" small={small} opens={id} label={`Delete ${shortDigest(digest)}`}>
        Delete
      </Button>
      <Confirm
        id={id}
        action={`${path}/manifests/${digest}/delete`}
        title={`Delete ${shortDigest(digest)}?`}
        button="Delete manifest"
      >
        <p>Pulls by this digest fail from now on. This cannot be undone.</p>
      </Confirm>
    </>
  );
}
