/** @jsxImportSource hono/jsx */
import type { ProjectFacts } from '../../../domain/access/facts.ts';
import type { PackageRule } from '../../../domain/packages/rules.ts';
import type { PackageKind } from '../../../http/setup.ts';
import type { Page, Visit } from '../../page.ts';
import { projectPath } from '../../paths.ts';
import { ConfirmLink } from '../../views/button.tsx';
import { ConfirmPage } from '../../views/dialog.tsx';
import { EmptyState } from '../../views/empty-state.tsx';
import { Notice } from '../../views/notice.tsx';
import { PageHeader } from '../../views/page-header.tsx';
import { Pagination } from '../../views/pagination.tsx';
import { type Column, Table } from '../../views/table.tsx';
import type { Typed } from '../../views/typed.ts';
import { NewRule } from './new-rule.tsx';
import { titleOfLevel } from './words.ts';

export const rulesPath = ({ full_path }: ProjectFacts['project'], page = ''): string =>
  projectPath(full_path, `/-/settings/packages_and_registries${page}`);

interface Rules {
  rules: { items: PackageRule[]; page: number; perPage: number; total: number };
  kinds: readonly PackageKind[];
  /** One has just been removed. */
  removed: boolean;
  typed: Typed | undefined;
}

/** Settings > Packages: who may publish and delete which names, and whether a file may be published again. */
export function rulesPage(visit: Visit<ProjectFacts>, { rules, kinds, removed, typed }: Rules): Page {
  const { project } = visit.facts;
  const mayChange = visit.can('admin_package');
  const body = (
    <PageHeader visit={visit} tab="Settings" subtab="Packages">
      {removed ? <Notice kind="good">Rule removed.</Notice> : null}
      <section class="stack" aria-labelledby="rules">
        <h2 id="rules">{`Protected packages (${rules.total})`}</h2>
        <p class="soft">
          A rule restricts who may publish or delete matching packages, or whether existing files may be published
          again. Deploy tokens have no role: if a rule requires a role, they can’t publish or delete.
        </p>
        {rules.total === 0 ? (
          <EmptyState title="No rules">
            <p>
              Without rules, developers and deploy tokens with the scope write_package_registry can publish. The package
              type decides whether existing files may be published again.
            </p>
          </EmptyState>
        ) : (
          <Table
            caption="Protected packages"
            columns={mayChange ? [...columnsFor(kinds), removeColumn(project)] : columnsFor(kinds)}
            items={rules.items}
          />
        )}
        <Pagination {...rules} what="rules" query={visit.query} />
      </section>
      {mayChange ? (
        <section class="card stack" aria-labelledby="new-rule">
          <h2 id="new-rule">New rule</h2>
          <NewRule action={rulesPath(project, '/rules')} kinds={kinds} typed={typed} />
        </section>
      ) : null}
    </PageHeader>
  );
  return { title: `Package settings · ${project.full_path}`, body };
}

const AGAIN = { allowed: 'Allowed', forbidden: 'Forbidden' } as const;

const titleOf = (kinds: readonly PackageKind[], { type }: PackageRule) =>
  kinds.find((kind) => kind.type === type)?.title ?? type;

const columnsFor = (kinds: readonly PackageKind[]): Column<PackageRule>[] => [
  { title: 'Names', cell: ({ name_pattern }) => <code>{name_pattern}</code> },
  { title: 'Type', cell: (rule) => titleOf(kinds, rule) },
  { title: 'Published by', cell: ({ push_level }) => titleOfLevel(push_level) },
  { title: 'Deleted by', cell: ({ delete_level }) => titleOfLevel(delete_level) },
  {
    title: 'Re-publishing',
    cell: ({ duplicates }) => (duplicates === null ? 'Default of the package type' : AGAIN[duplicates]),
  },
];

const removeColumn = (project: ProjectFacts['project']): Column<PackageRule> => ({
  title: 'Remove',
  kind: 'tools',
  cell: ({ id, name_pattern }) => (
    <ConfirmLink
      kind="quiet-danger"
      href={rulesPath(project, `/rules/${id}/remove`)}
      label={`Remove the rule for ${name_pattern}`}
    >
      Remove
    </ConfirmLink>
  ),
});

/** Asks before a rule is removed, and says what it kept. */
export function removePage(visit: Visit<ProjectFacts>, rule: PackageRule, kinds: readonly PackageKind[]): Page {
  const { project } = visit.facts;
  const title = `Remove the rule for ${rule.name_pattern}?`;
  const body = (
    <PageHeader visit={visit} tab="Settings" subtab="Packages">
      <ConfirmPage
        action={rulesPath(project, `/rules/${rule.id}/remove`)}
        title={title}
        button="Remove rule"
        back={rulesPath(project)}
        danger
      >
        <p>
          {`The defaults then apply to ${titleOf(kinds, rule)} with these names, `}
          {'unless another rule matches.'}
        </p>
      </ConfirmPage>
    </PageHeader>
  );
  return { title: `${title} · ${project.full_path}`, body };
}
