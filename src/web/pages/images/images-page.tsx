/** @jsxImportSource hono/jsx */
import type { GroupFacts, ProjectFacts } from '../../../domain/access/facts.ts';
import { imageNameOf } from '../../../domain/images/names.ts';
import type { ImageRepository, ImageWishes } from '../../../domain/images/repositories.ts';
import type { Links } from '../../../http/links.ts';
import { formatBytes } from '../../../lib/byte-size.ts';
import type { Page, Visit } from '../../page.ts';
import { projectPath } from '../../paths.ts';
import { SnippetBlock } from '../../views/copy-field.tsx';
import { EmptyState } from '../../views/empty-state.tsx';
import { NotForYou } from '../../views/not-for-you.tsx';
import { Notice } from '../../views/notice.tsx';
import { Pagination } from '../../views/pagination.tsx';
import { Place } from '../../views/place.tsx';
import { SearchForm } from '../../views/search-form.tsx';
import { type Column, Table } from '../../views/table.tsx';
import { Time } from '../../views/time.tsx';
import { sortLink } from '../wishes.ts';

export interface ImageList {
  images: { items: ImageRepository[]; page: number; perPage: number; total: number };
  /** What each weighs, by its id. */
  bytes: ReadonlyMap<number, number>;
  search: string;
  order: NonNullable<ImageWishes['order']>;
  /** An image that has just been deleted. */
  deleted: boolean;
}

/** The images of a project, or of all projects of a group. */
export function imagesPage(visit: Visit<ProjectFacts | GroupFacts>, links: Links, list: ImageList): Page {
  const { facts } = visit;
  const path = facts.on === 'project' ? facts.project.full_path : facts.group.full_path;
  const { images, search } = list;
  const body = (
    <Place visit={visit} tab="Images">
      <h2>Images</h2>
      {list.deleted ? <Notice kind="good">The image is deleted, with all its tags.</Notice> : null}
      {images.total > 0 || search !== '' ? (
        <SearchForm label="Search images" search={search} kept={{ sort: visit.query.get('sort') }} />
      ) : null}
      {images.items.length > 0 ? (
        <section class="card">
          <ImageTable visit={visit} list={list} />
        </section>
      ) : search === '' ? (
        <NoImages visit={visit} links={links} />
      ) : (
        <EmptyState title={`No image is called “${search}”`} />
      )}
      <Pagination {...images} what="images" query={visit.query} />
    </Place>
  );
  return { title: `Images · ${path}`, body };
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

function NoImages({ visit, links }: { visit: Visit<ProjectFacts | GroupFacts>; links: Links }) {
  const { facts } = visit;
  if (facts.on === 'group')
    return (
      <EmptyState title="No images yet">
        <p>Images of the projects in this group that you may pull stand here.</p>
      </EmptyState>
    );
  if (!visit.can('create_container_image'))
    return (
      <EmptyState title="No images yet">
        <NotForYou visit={visit} what="images" how="push" />
      </EmptyState>
    );
  const image = links.image(`${facts.project.full_path.toLowerCase()}/my-image:1.0`);
  const registry = image.slice(0, image.indexOf('/'));
  const snippet = (title: string, text: string) => ({ title, language: 'sh', text }) as const;
  return (
    <>
      <EmptyState title="No images yet">
        <p>Sign in with your user name and a personal access token, or with a deploy token, and push the first one.</p>
      </EmptyState>
      <SnippetBlock id="login" snippet={snippet('Sign in', `docker login ${registry}`)} />
      <SnippetBlock
        id="push"
        snippet={snippet('Build and push', `docker build --tag ${image} .\ndocker push ${image}`)}
      />
    </>
  );
}
