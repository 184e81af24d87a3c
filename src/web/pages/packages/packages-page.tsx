/** @jsxImportSource hono/jsx */
import type { GroupFacts, ProjectFacts } from '../../../domain/access/facts.ts';
import type { ListedPackage, PackageOrder } from '../../../domain/packages/listing.ts';
import type { PackageKind, Snippet } from '../../../http/setup.ts';
import type { Page, Visit } from '../../page.ts';
import { projectPath } from '../../paths.ts';
import { Badge } from '../../views/badge.tsx';
import { contentPage } from '../../views/content-page.tsx';
import { SnippetBlock } from '../../views/copy-field.tsx';
import { EmptyState } from '../../views/empty-state.tsx';
import { Fold } from '../../views/section.tsx';
import { type Column, Table } from '../../views/table.tsx';
import { Time } from '../../views/time.tsx';
import { sortLink } from '../list-query.ts';
import { WithdrawalBadge } from './withdrawal-badge.tsx';

export interface PackageList {
  packages: { items: ListedPackage[]; page: number; perPage: number; total: number };
  kinds: readonly PackageKind[];
  /** The type that is asked for; null: all. */
  type: string | null;
  search: string;
  order: PackageOrder;
  creators: ReadonlyMap<number, string>;
  deleted: boolean;
  /** How each type is published to this project; empty for a group. */
  setups: readonly { title: string; snippets: Snippet[] }[];
}

/** The packages of a project, or of all projects of a group: a row for each version. */
export function packagesPage(visit: Visit<ProjectFacts | GroupFacts>, list: PackageList): Page {
  const filtered = list.search !== '' || list.type !== null;
  return contentPage({
    visit,
    title: 'Packages',
    list: list.packages,
    search: list.search,
    verbs: { put: 'publish', permission: 'create_package', get: 'install' },
    choices: <TypeChoice kinds={list.kinds} type={list.type} />,
    noneLike: filtered ? 'No packages match the filters' : null,
    done: list.deleted ? 'Package version deleted.' : null,
    table: <PackageTable visit={visit} list={list} />,
    first: <FirstPackage setups={list.setups} />,
  });
}

function TypeChoice({ kinds, type }: Pick<PackageList, 'kinds' | 'type'>) {
  return (
    <select class="input" name="type" aria-label="Type">
      <option value="">All types</option>
      {kinds.map((kind) => (
        <option value={kind.type} selected={kind.type === type}>
          {kind.title}
        </option>
      ))}
    </select>
  );
}

function PackageTable({ visit, list }: { visit: Visit<ProjectFacts | GroupFacts>; list: PackageList }) {
  const { order, creators, kinds } = list;
  const by = (one: PackageOrder['by']) => sortLink(order, visit.query, one);
  const columns: Column<ListedPackage>[] = [
    {
      title: 'Package',
      ...by('name'),
      cell: ({ id, name, project_path }) => <a href={projectPath(project_path, `/-/packages/${id}`)}>{name}</a>,
    },
    {
      title: 'Version',
      ...by('version'),
      cell: ({ version, tags, withdrawal }) => (
        <span class="badges">
          <code>{version}</code>
          {tags.map((tag) => (
            <Badge>{tag}</Badge>
          ))}
          <WithdrawalBadge withdrawal={withdrawal} />
        </span>
      ),
    },
    { title: 'Type', ...by('type'), cell: ({ type }) => kinds.find((kind) => kind.type === type)?.title ?? type },
    ...(visit.facts.on === 'group'
      ? [{ title: 'Project', ...by('project_path'), cell: ({ project_path }: ListedPackage) => project_path }]
      : []),
    {
      title: 'Published',
      ...by('created_at'),
      cell: ({ created_at, creator_id: by }) => (
        <>
          <Time at={created_at} />
          <span class="soft">{` by ${by === null ? 'a deploy token' : (creators.get(by) ?? 'a deleted user')}`}</span>
        </>
      ),
    },
  ];
  return <Table caption="Packages" columns={columns} items={list.packages.items} />;
}

function FirstPackage({ setups }: Pick<PackageList, 'setups'>) {
  return (
    <>
      <EmptyState title="No packages yet">
        <p>Packages that clients publish are listed here, one row per version.</p>
      </EmptyState>
      {setups.map(({ title, snippets }, i) => (
        <Fold title={title}>
          <div class="stack">
            {snippets.map((snippet, j) => (
              <SnippetBlock id={`setup-${i}-${j}`} snippet={snippet} />
            ))}
          </div>
        </Fold>
      ))}
    </>
  );
}
