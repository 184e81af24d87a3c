/** @jsxImportSource hono/jsx */
import type { Child, PropsWithChildren } from 'hono/jsx';
import { type GroupFacts, type ProjectFacts, subjectOf } from '../../domain/access/facts.ts';
import type { Visit } from '../page.ts';
import { projectPath } from '../paths.ts';
import { Badge } from './badge.tsx';
import { groupTabs, projectTabs } from './tab-lists.ts';
import { Tabs } from './tabs.tsx';

interface PageHeaderProps {
  visit: Visit<ProjectFacts | GroupFacts>;
  /** The tab that this page is under, by its title. */
  tab: string;
  /** The page within Settings, by its title. */
  subtab?: string;
  /** Buttons next to the name. */
  tools?: Child;
}

/** The head of every page of a project or group: where it is, what it is called, and the way to its other pages. */
export function PageHeader({ visit, tab, subtab, tools, children }: PropsWithChildren<PageHeaderProps>) {
  const { facts } = visit;
  const { name, full_path: fullPath } = subjectOf(facts);
  const tabs =
    facts.on === 'project' ? projectTabs(visit as Visit<ProjectFacts>) : groupTabs(visit as Visit<GroupFacts>);
  const current = tabs.find(({ title }) => title === tab);
  return (
    <>
      <header class="place">
        <Crumbs fullPath={fullPath} open={visit.openAbove} />
        <div class="row spread">
          <div class="row">
            <h1>{name}</h1>
            <Badge>{facts.visibility}</Badge>
            {facts.on === 'project' && facts.archived ? <Badge kind="warn">archived</Badge> : null}
          </div>
          {tools ? <div class="row">{tools}</div> : null}
        </div>
        <Tabs label={facts.on === 'project' ? 'Project' : 'Group'} tabs={tabs} current={tab} />
      </header>
      {subtab === undefined || !current?.below ? null : (
        <Tabs label={tab} tabs={current.below} current={subtab} small />
      )}
      {children}
    </>
  );
}

/** The groups that it is in, outermost first, with a link to each that who looks may open. */
function Crumbs({ fullPath, open }: { fullPath: string; open: ReadonlySet<string> }) {
  const parts = fullPath.split('/');
  return (
    <nav class="crumbs" aria-label="Place">
      <ol>
        {parts.map((part, i) => {
          const path = parts.slice(0, i + 1).join('/');
          return (
            <li>
              {path === fullPath || open.has(path) ? <a href={projectPath(path)}>{part}</a> : <span>{part}</span>}
            </li>
          );
        })}
      </ol>
    </nav>
  );
}
