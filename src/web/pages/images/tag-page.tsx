/** @jsxImportSource hono/jsx */
import type { ProjectFacts } from '../../../domain/access/facts.ts';
import type { Attachment, ImageDetails, IndexEntry } from '../../../domain/images/image-summary.ts';
import { imageNameOf } from '../../../domain/images/names.ts';
import type { ImageRepository } from '../../../domain/images/repositories.ts';
import type { ManifestHead } from '../../../domain/images/untagged.ts';
import type { Links } from '../../../http/links.ts';
import { formatBytes } from '../../../lib/byte-size.ts';
import type { Page, Visit } from '../../page.ts';
import { CopyButton, CopyField } from '../../views/copy-field.tsx';
import { PageHeader } from '../../views/page-header.tsx';
import { type Column, Table } from '../../views/table.tsx';
import { Time } from '../../views/time.tsx';
import { DeleteTag, shortDigest } from './tag-table.tsx';
import { DeleteManifest, DigestLink } from './untagged-page.tsx';

interface OneManifest {
  image: ImageRepository;
  /** The address of the image's page. */
  path: string;
  manifest: Pick<ManifestHead, 'digest' | 'media_type' | 'listedIn'> & { at: number; tags: readonly string[] };
  look: ImageDetails;
  /** The tag that it was found by; null: by its digest. */
  tag: string | null;
}

const entriesOf = (path: string): Column<IndexEntry>[] => [
  { title: 'Platform', cell: ({ platform, kind }) => platform ?? kind },
  { title: 'Digest', cell: ({ digest, bytes }) => <Digest path={path} digest={digest} here={bytes !== null} /> },
  { title: 'Size', kind: 'number', cell: ({ bytes }) => (bytes === null ? 'Not stored' : formatBytes(bytes)) },
];
const attachmentsOf = (path: string): Column<Attachment>[] => [
  { title: 'Type', cell: ({ kind }) => kind },
  { title: 'Artifact type', cell: ({ type }) => (type === null ? 'none, recognised by its tag' : <code>{type}</code>) },
  { title: 'Digest', cell: ({ digest }) => <Digest path={path} digest={digest} here /> },
  { title: 'Pushed', cell: ({ at }) => <Time at={at} /> },
];

const Digest = ({ path, digest, here }: { path: string; digest: string; here: boolean }) =>
  here ? <DigestLink path={path} digest={digest} /> : <code title={digest}>{shortDigest(digest)}</code>;

/** One tag, or one manifest: how it is pulled, what it is made of, and what belongs to it. */
export function manifestPage(visit: Visit<ProjectFacts>, links: Links, one: OneManifest): Page {
  const { image, path, manifest, look, tag } = one;
  const name = imageNameOf(image.project_path, image.path);
  const title = tag ?? shortDigest(manifest.digest);
  const body = (
    <PageHeader visit={visit} tab="Images">
      <p class="small">
        <a href={path}>{name}</a>
      </p>
      <div class="row spread">
        <h2>{title}</h2>
        {visit.can('destroy_container_image') ? <Delete {...one} /> : null}
      </div>
      <div class="pair">
        {tag === null ? null : <CopyField id="pull" label="Pull" value={`docker pull ${links.image(name)}:${tag}`} />}
        <CopyField
          id="pull-digest"
          label="Pull by digest"
          value={`docker pull ${links.image(name)}@${manifest.digest}`}
        />
      </div>
      <ManifestFacts {...one} />
      {look.entries.length === 0 ? null : (
        <section class="card stack" aria-labelledby="entries">
          <h3 id="entries">Platforms</h3>
          <Table caption="Platforms" columns={entriesOf(path)} items={look.entries} />
        </section>
      )}
      {look.attachments.length === 0 ? null : (
        <section class="card stack" aria-labelledby="attachments">
          <h3 id="attachments">Signatures, SBOMs and other attached artifacts</h3>
          <Table caption="Attached artifacts" columns={attachmentsOf(path)} items={look.attachments} />
        </section>
      )}
    </PageHeader>
  );
  return { title: tag === null ? `${name}@${title}` : `${name}:${title}`, body };
}

/** A tag goes alone; a manifest only when no tag is on it. */
function Delete({ tag, manifest, path }: OneManifest) {
  if (tag === null && manifest.tags.length > 0) return null;
  return (
    <div>
      {tag === null ? (
        <DeleteManifest path={path} manifest={manifest} />
      ) : (
        <DeleteTag tag={{ name: tag }} path={path} />
      )}
    </div>
  );
}

function ManifestFacts(one: OneManifest) {
  const { manifest, look } = one;
  return (
    <dl class="facts small">
      <dt>What</dt>
      <dd>{look.kind}</dd>
      <dt>Media type</dt>
      <dd>
        <code>{manifest.media_type}</code>
      </dd>
      <dt>Digest</dt>
      <dd>
        <span class="row">
          <code id="digest">{manifest.digest}</code>
          <CopyButton target="digest" label="the digest" small />
        </span>
      </dd>
      <Related {...one} />
      <dt>Size</dt>
      <dd>{formatBytes(look.bytes)}</dd>
      <dt>Pushed</dt>
      <dd>
        <Time at={manifest.at} />
      </dd>
      {Object.entries(look.annotations).map(([key, value]) => (
        <>
          <dt>{key}</dt>
          <dd>{value}</dd>
        </>
      ))}
    </dl>
  );
}

/** Other tags of this digest, and the indexes that contain it. */
function Related({ path, manifest, tag }: OneManifest) {
  const others = manifest.tags.filter((name) => name !== tag);
  return (
    <>
      {others.length === 0 ? null : (
        <>
          <dt>{tag === null ? 'Tags' : 'Other tags'}</dt>
          <dd>
            <span class="row">
              {others.map((name) => (
                <a href={`${path}/tags/${encodeURIComponent(name)}`}>{name}</a>
              ))}
            </span>
          </dd>
        </>
      )}
      {manifest.listedIn === null ? null : (
        <>
          <dt>Part of</dt>
          <dd>
            <DigestLink path={path} digest={manifest.listedIn} />
          </dd>
        </>
      )}
    </>
  );
}
