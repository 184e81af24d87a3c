/** @jsxImportSource hono/jsx */
import type { ProjectFacts } from '../../../domain/access/facts.ts';
import type { Attachment, CloseLook, LookedEntry } from '../../../domain/images/looks.ts';
import { imageNameOf } from '../../../domain/images/names.ts';
import type { ImageRepository } from '../../../domain/images/repositories.ts';
import type { ImageTag } from '../../../domain/images/tags.ts';
import type { Links } from '../../../http/links.ts';
import { formatBytes } from '../../../lib/byte-size.ts';
import type { Page, Visit } from '../../page.ts';
import { CopyField } from '../../views/copy-field.tsx';
import { Place } from '../../views/place.tsx';
import { type Column, Table } from '../../views/table.tsx';
import { Time } from '../../views/time.tsx';
import { DeleteTag, shortDigest } from './image-page.tsx';

interface OneTag {
  image: ImageRepository;
  /** The address of the image's page. */
  path: string;
  tag: ImageTag;
  look: CloseLook;
}

const DIGEST = {
  title: 'Digest',
  cell: ({ digest }: { digest: string }) => <code title={digest}>{shortDigest(digest)}</code>,
};
const ENTRIES: Column<LookedEntry>[] = [
  { title: 'Platform', cell: ({ platform, kind }) => platform ?? kind },
  DIGEST,
  { title: 'Size', kind: 'number', cell: ({ bytes }) => (bytes === null ? 'Not here' : formatBytes(bytes)) },
];
const ATTACHMENTS: Column<Attachment>[] = [
  { title: 'What', cell: ({ kind }) => kind },
  { title: 'Type', cell: ({ type }) => (type === null ? 'by its tag' : <code>{type}</code>) },
  DIGEST,
  { title: 'Pushed', cell: ({ at }) => <Time at={at} /> },
];

/** One tag: how it is pulled, what it is made of, and what belongs to it. */
export function tagPage(visit: Visit<ProjectFacts>, links: Links, { image, path, tag, look }: OneTag): Page {
  const name = imageNameOf(image.project_path, image.path);
  const body = (
    <Place visit={visit} tab="Images">
      <p class="small">
        <a href={path}>{name}</a>
      </p>
      <div class="row spread">
        <h2>{tag.name}</h2>
        {visit.can('destroy_container_image') ? (
          <div>
            <DeleteTag tag={tag} path={path} />
          </div>
        ) : null}
      </div>
      <div class="pair">
        <CopyField id="pull" label="Pull" value={`docker pull ${links.image(name)}:${tag.name}`} />
        <CopyField
          id="pull-digest"
          label="Pull just this one"
          value={`docker pull ${links.image(name)}@${tag.digest}`}
        />
      </div>
      <TagFacts tag={tag} look={look} />
      {look.entries.length === 0 ? null : (
        <section class="card stack" aria-labelledby="entries">
          <h3 id="entries">Platforms</h3>
          <Table caption="Platforms" columns={ENTRIES} items={look.entries} />
        </section>
      )}
      {look.attachments.length === 0 ? null : (
        <section class="card stack" aria-labelledby="attachments">
          <h3 id="attachments">Signatures, SBOMs and other things about it</h3>
          <Table caption="Attached artifacts" columns={ATTACHMENTS} items={look.attachments} />
        </section>
      )}
    </Place>
  );
  return { title: `${name}:${tag.name}`, body };
}

function TagFacts({ tag, look }: Pick<OneTag, 'tag' | 'look'>) {
  return (
    <dl class="facts small">
      <dt>What</dt>
      <dd>{look.kind}</dd>
      <dt>Media type</dt>
      <dd>
        <code>{tag.media_type}</code>
      </dd>
      <dt>Digest</dt>
      <dd>
        <code>{tag.digest}</code>
      </dd>
      <dt>Size</dt>
      <dd>{formatBytes(look.bytes)}</dd>
      <dt>Pushed</dt>
      <dd>
        <Time at={tag.updated_at} />
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
