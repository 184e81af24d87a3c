/** @jsxImportSource hono/jsx */
import type { ProjectFacts } from '../../../domain/access/facts.ts';
import type { PackageFile } from '../../../domain/packages/address.ts';
import type { ListedPackage, Withdrawal } from '../../../domain/packages/listing.ts';
import type { PackageAbout, Snippet } from '../../../http/setup.ts';
import { formatBytes } from '../../../lib/byte-size.ts';
import type { Page, Visit } from '../../page.ts';
import { projectPath } from '../../paths.ts';
import { Badge } from '../../views/badge.tsx';
import { Button } from '../../views/button.tsx';
import { SnippetBlock } from '../../views/copy-field.tsx';
import { Confirm } from '../../views/dialog.tsx';
import { Markdown, PlainText } from '../../views/markdown.tsx';
import { Notice } from '../../views/notice.tsx';
import { PageHeader } from '../../views/page-header.tsx';
import { Pagination } from '../../views/pagination.tsx';
import { Fold } from '../../views/section.tsx';
import { type Column, Table } from '../../views/table.tsx';
import { Time } from '../../views/time.tsx';
import { WithdrawalBadge } from './withdrawal-badge.tsx';

interface OnePackage {
  found: ListedPackage;
  title: string;
  creator: string;
  /** Why the version should not be used; empty: its publisher gave no reason. */
  reason: string;
  files: { items: PackageFile[]; page: number; perPage: number; total: number };
  others: readonly ListedPackage[];
  install: readonly Snippet[];
  /** Null: its type says nothing of a version. */
  about: PackageAbout | null;
}

/** One version of a package: how it is installed, its files, and the other versions. */
export function packagePage(visit: Visit<ProjectFacts>, one: OnePackage): Page {
  const { found, title, creator, reason, files, others, install, about } = one;
  const page = projectPath(visit.facts.project.full_path, '/-/packages');
  const here = `${page}/${found.id}`;
  const mayDelete = visit.can('destroy_package');
  const body = (
    <PageHeader visit={visit} tab="Packages">
      <div class="row spread">
        <Heading found={found} title={title} />
        {mayDelete ? <DeleteVersion found={found} action={`${here}/delete`} /> : null}
      </div>
      <p class="soft small">
        Published <Time at={found.created_at} />
        {` by ${creator}`}
      </p>
      {found.withdrawal === null ? null : <Withdrawn withdrawal={found.withdrawal} reason={reason} />}
      {about ? <Description {...about} /> : null}
      <section class="stack" aria-labelledby="install">
        <h3 id="install">Install</h3>
        {install.map((snippet, i) => (
          <SnippetBlock id={`install-${i}`} snippet={snippet} />
        ))}
        <p class="hint">Replace DEPLOY_USER and DEPLOY_TOKEN by a deploy token with the scope read_package_registry.</p>
      </section>
      <section class="card stack" aria-labelledby="files">
        <h3 id="files">{`Files (${files.total})`}</h3>
        <Files visit={visit} here={here} files={files.items} mayDelete={mayDelete} />
        <Pagination {...files} what="files" query={visit.query} />
      </section>
      {about?.readme ? <PackageReadme {...about.readme} /> : null}
      {others.length === 0 ? null : (
        <Fold title={`Other versions (${others.length})`} open={others.length <= 10}>
          <OtherVersions page={page} versions={others} />
        </Fold>
      )}
    </PageHeader>
  );
  return { title: `${found.name} ${found.version}`, body };
}

/** The name of the version, with its type, its tags and whether it should not be used. */
function Heading({ found, title }: Pick<OnePackage, 'found' | 'title'>) {
  return (
    <div class="row">
      <h2>{`${found.name} ${found.version}`}</h2>
      <Badge>{title}</Badge>
      {found.tags.map((tag) => (
        <Badge kind="good">{tag}</Badge>
      ))}
      <WithdrawalBadge {...found} />
    </div>
  );
}

const WITHDRAWN: Readonly<Record<Withdrawal, string>> = {
  deprecated: 'This version is deprecated: its publisher advises against using it.',
  yanked: 'This version was yanked: clients install it only when its exact version is requested.',
};

/** Why a version should not be used, in the words of its publisher. */
function Withdrawn({ withdrawal, reason }: { withdrawal: Withdrawal; reason: string }) {
  return (
    <Notice kind="warn">
      <p>{WITHDRAWN[withdrawal]}</p>
      {reason === '' ? null : <p class="about">{shortened(reason, 1024)}</p>}
    </Notice>
  );
}

/** The package's own metadata. */
function Description({ description, facts }: PackageAbout) {
  return (
    <section class="stack" aria-label="About this package">
      {description === '' ? null : <p class="about">{shortened(description, 1000)}</p>}
      <dl class="facts small">
        {facts.map(({ title, value }) => (
          <>
            <dt>{title}</dt>
            <dd>{/^https?:\/\//i.test(value) ? <OutsideLink href={value} /> : shortened(value, 200)}</dd>
          </>
        ))}
      </dl>
    </section>
  );
}

/** Somebody else's address: where it leads learns neither the page that it was on nor gets hold of its window. */
function OutsideLink({ href }: { href: string }) {
  return (
    <a href={href} rel="nofollow noopener noreferrer">
      {shortened(href, 200)}
    </a>
  );
}

const shortened = (text: string, most: number) => (text.length > most ? `${text.slice(0, most)}…` : text);

function PackageReadme({ text, markdown, cut }: NonNullable<PackageAbout['readme']>) {
  return (
    <section class="card stack readme" aria-labelledby="readme">
      <h3 id="readme">README</h3>
      {markdown ? <Markdown text={text} level={4} /> : <PlainText text={text} />}
      {cut ? <p class="soft small">The rest was too long and is not stored.</p> : null}
    </section>
  );
}

interface FilesProps {
  visit: Visit<ProjectFacts>;
  here: string;
  files: readonly PackageFile[];
  mayDelete: boolean;
}

function Files({ visit, here, files, mayDelete }: FilesProps) {
  const download = (id: number) => projectPath(visit.facts.project.full_path, `/-/package_files/${id}/download`);
  const columns: Column<PackageFile>[] = [
    { title: 'File', cell: ({ id, name }) => <a href={download(id)}>{name}</a> },
    { title: 'Size', kind: 'number', cell: ({ size }) => formatBytes(size) },
    { title: 'SHA-256', cell: ({ sha256 }) => <code class="digest">{sha256}</code> },
    { title: 'Published', cell: ({ created_at }) => <Time at={created_at} /> },
  ];
  const remove: Column<PackageFile> = {
    title: 'Delete',
    kind: 'tools',
    cell: (file) => (
      <>
        <Button kind="quiet-danger" small opens={`delete-file-${file.id}`} label={`Delete ${file.name}`}>
          Delete
        </Button>
        <Confirm
          id={`delete-file-${file.id}`}
          action={`${here}/package_files/${file.id}/delete`}
          title={`Delete ${file.name}?`}
          button="Delete file"
        >
          <p>
            Downloads of this file fail from now on. Deleting the last file deletes the version. This cannot be undone.
          </p>
        </Confirm>
      </>
    ),
  };
  return <Table caption="Files" columns={mayDelete ? [...columns, remove] : columns} items={files} />;
}

function OtherVersions({ page, versions }: { page: string; versions: readonly ListedPackage[] }) {
  const columns: Column<ListedPackage>[] = [
    {
      title: 'Version',
      cell: ({ id, version, withdrawal }) => (
        <span class="badges">
          <a href={`${page}/${id}`}>{version}</a>
          <WithdrawalBadge withdrawal={withdrawal} />
        </span>
      ),
    },
    { title: 'Published', cell: ({ created_at }) => <Time at={created_at} /> },
  ];
  return <Table caption="Other versions" columns={columns} items={versions} />;
}

function DeleteVersion({ found, action }: { found: ListedPackage; action: string }) {
  const title = `Delete ${found.name} ${found.version}?`;
  return (
    <div>
      <Button kind="quiet-danger" opens="delete-version">
        Delete version
      </Button>
      <Confirm id="delete-version" action={action} title={title} button="Delete version">
        <p>Installing this version fails from now on, and all its files are deleted. This cannot be undone.</p>
      </Confirm>
    </div>
  );
}
