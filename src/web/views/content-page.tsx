/** @jsxImportSource hono/jsx */
import type { Child, PropsWithChildren } from 'hono/jsx';
import type { Permission } from '../../authz/permissions.ts';
import { type GroupFacts, type ProjectFacts, subjectOf } from '../../domain/access/facts.ts';
import type { Page, Visit } from '../page.ts';
import { EmptyState } from './empty-state.tsx';
import { NotForYou } from './not-for-you.tsx';
import { Notice } from './notice.tsx';
import { PageHeader } from './page-header.tsx';
import { Pagination } from './pagination.tsx';
import { SearchForm } from './search-form.tsx';

interface ContentProps {
  visit: Visit<ProjectFacts | GroupFacts>;
  /** The listed content, also its tab and heading: `Images`. */
  title: string;
  /** How it gets here, and who may do that; how it is got from here. */
  verbs: { put: string; permission: Permission; get: string };
  list: { items: readonly unknown[]; page: number; perPage: number; total: number };
  search: string;
  /** Additional filters. */
  choices?: Child;
  /** The message for a filtered list without results; null for an unfiltered list. */
  noneLike: string | null;
  /** The action just performed. */
  done: string | null;
  table: Child;
  /** How the first gets here: for those who may put something there. */
  first: Child;
}

/** The page of what a project, or all projects of a group, hold of one kind. */
export function contentPage(props: ContentProps): Page {
  return { title: `${props.title} · ${subjectOf(props.visit.facts).full_path}`, body: <Content {...props} /> };
}

function Content({ first, ...props }: ContentProps) {
  const { visit, title, list, noneLike, done, table } = props;
  const what = title.toLowerCase();
  return (
    <PageHeader visit={visit} tab={title}>
      <h2>{title}</h2>
      {done === null ? null : <Notice kind="good">{done}</Notice>}
      {list.total > 0 || noneLike !== null ? (
        <SearchForm label={`Search ${what}`} search={props.search} kept={{ sort: visit.query.get('sort') }}>
          {props.choices}
        </SearchForm>
      ) : null}
      {list.items.length > 0 ? (
        <section class="card">{table}</section>
      ) : noneLike === null ? (
        <NothingYet {...props}>{first}</NothingYet>
      ) : (
        <EmptyState title={noneLike} />
      )}
      <Pagination {...list} what={what} query={visit.query} />
    </PageHeader>
  );
}

type NothingProps = PropsWithChildren<Pick<ContentProps, 'visit' | 'title' | 'verbs'>>;

function NothingYet({ visit, title, verbs, children }: NothingProps) {
  const what = title.toLowerCase();
  if (visit.facts.on === 'project' && visit.can(verbs.permission)) return <>{children}</>;
  return (
    <EmptyState title={`No ${what} yet`}>
      {visit.facts.on === 'group' ? (
        <p>{`${title} that you may ${verbs.get} from projects in this group are listed here.`}</p>
      ) : (
        <NotForYou visit={visit} what={what} how={verbs.put} />
      )}
    </EmptyState>
  );
}
