/** @jsxImportSource hono/jsx */
import { type GroupFacts, type ProjectFacts, subjectOf } from '../../../domain/access/facts.ts';
import { imageNameOf } from '../../../domain/images/names.ts';
import type { ImageQuery, ImageRepository } from '../../../domain/images/repositories.ts';
import type { Links } from '../../../http/links.ts';
import { formatBytes } from '../../../lib/byte-size.ts';
import type { Page, Visit } from '../../page.ts';
import { projectPath } from '../../paths.ts';
import { contentPage } from '../../views/content-page.tsx';
import { SnippetBlock } from '../../views/copy-field.tsx';
import { EmptyState } from '../../views/empty-state.tsx';
import { type Column, Table } from '../../views/table.tsx';
import { Time } from '../../views/time.tsx';
import { sortLink } from '../list-query.ts';

export interface ImageList {
  images: { items: ImageRepository[]; page: number; perPage: number; total: number };
  /** Size of each image, by ID. */
  bytes: ReadonlyMap<number, number>;
  search: string;
  order: NonNullable<ImageQuery['order']>;
  /** An image that has just been deleted. */
  deleted: boolean;
}

/** The images of a project, or of all projects of a group. */
export function imagesPage(visit: Visit<ProjectFacts | GroupFacts>, links: Links, list: ImageList): Page {
  return contentPage({
    visit,
    title: 'Images',
    list: list.images,
    search: list.search,
    verbs: { put: 'push', permission: 'create_container_image', get: 'pull' },
    noneLike: list.search === '' ? null : `No images match “${list.search}”`,
    done: list.deleted ? 'Image deleted, with all its tags.' : null,
    table: <ImageTable visit={visit} list={list} />,
    first: <FirstImage path={subjectOf(visit.facts).full_path} links={links} />,
  });
}

function ImageTable({ visit, list }: { visit: Visit; list: ImageList }) {
  const { images, bytes, order } = list;
  const columns: Column<ImageRepository>[] = [
    {
      title: 'Image',
      ...sortLink(order, visit.query, 'name'),
      cell: (image) => (
        <a href={projectPath(image.project_path, `/container_registry/${image.id}`)}>
          {imageNameOf(image.project_path, image.path)}
        </a>
      ),
    },
    { title: 'Tags', kind: 'number', cell: ({ tags_count }) => tags_count },
    { title: 'Size', kind: 'number', cell: ({ id }) => formatBytes(bytes.get(id) ?? 0) },
    {
      title: 'Last pushed',
      ...sortLink(order, visit.query, 'pushed_at'),
      cell: ({ pushed_at: at }) => (at === null ? 'No tag' : <Time at={at} />),
    },
  ];
  return <Table caption="Images" columns={columns} items={images.items} />;
}

function FirstImage({ path, links }: { path: string; links: Links }) {
  const image = links.image(`${path.toLowerCase()}/my-image:1.0`);
  const registry = image.slice(0, image.indexOf('/'));
  const snippet = (title: string, text: string) => ({ title, language: 'sh', text }) as const;
  return (
    <>
      <EmptyState title="No images yet">
        <p>
          Sign in with your user name and a personal access token, or with a deploy token, and push the first image.
        </p>
      </EmptyState>
      <SnippetBlock id="login" snippet={snippet('Sign in', `docker login ${registry}`)} />
      <SnippetBlock
        id="push"
        snippet={snippet('Build and push', `docker build --tag ${image} .\ndocker push ${image}`)}
      />
    </>
  );
}
