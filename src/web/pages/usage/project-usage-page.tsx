/** @jsxImportSource hono/jsx */
import type { ProjectFacts } from '../../../domain/access/facts.ts';
import type { DayOfUse } from '../../../domain/usage/usage-counts.ts';
import type { Page, Visit } from '../../page.ts';
import { PageHeader } from '../../views/page-header.tsx';
import { UsagePlot } from '../../views/usage-plot.tsx';

export function projectUsagePage(visit: Visit<ProjectFacts>, days: readonly DayOfUse[]): Page {
  const body = (
    <PageHeader visit={visit} tab="Usage">
      <section class="card stack" aria-labelledby="usage">
        <h2 id="usage">{`Requests of the last ${days.length} days`}</h2>
        <UsagePlot days={days} />
      </section>
    </PageHeader>
  );
  return { title: `Usage · ${visit.facts.project.full_path}`, body };
}
