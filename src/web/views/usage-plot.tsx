/** @jsxImportSource hono/jsx */
import type { DayOfUse } from '../../domain/usage/usage-counts.ts';
import { formatDay } from '../../lib/instant.ts';
import { EmptyState } from './empty-state.tsx';
import { Fold } from './section.tsx';
import { type Column, Table } from './table.tsx';

/**
 * Each has its colour for ever, so that two pictures can be compared. The style sheet knows them by their place here.
 */
const PROTOCOLS = ['git', 'lfs', 'registry', 'npm', 'pypi', 'maven', 'generic'];

/** In units of the picture, which is as wide as the page lets it be. */
const WIDTH = 600;
const HEIGHT = 120;
const GAP = 4;

interface UsagePlotProps {
  /** The oldest first. */
  days: readonly DayOfUse[];
}

/** Requests of each day by protocol: a picture, what its colours mean, and all its numbers as a table. */
export function UsagePlot({ days }: UsagePlotProps) {
  const protocols = protocolsIn(days);
  const total = days.reduce((sum, day) => sum + totalOf(day), 0);
  if (total === 0) {
    return (
      <EmptyState title={`No requests in the last ${days.length} days`}>
        <p>Clones, pulls, installs, pushes and publishes are counted per day, with a delay of up to one minute.</p>
      </EmptyState>
    );
  }
  const most = Math.max(...days.map(totalOf));
  return (
    <div class="usage">
      <div class="row spread small soft">
        <span>{`${number(total)} requests`}</span>
        <span>{`${number(most)} on the busiest day`}</span>
      </div>
      <Bars days={days} protocols={protocols} most={most} total={total} />
      <div class="row spread small soft">
        <span>{formatDay(days[0]?.day ?? 0)}</span>
        <span>{formatDay(days.at(-1)?.day ?? 0)}</span>
      </div>
      <Legend days={days} protocols={protocols} />
      <Fold title="Numbers by day">
        <Table caption="Requests by day" columns={columnsFor(protocols)} items={days.filter(totalOf).reverse()} />
      </Fold>
    </div>
  );
}

interface Drawn extends UsagePlotProps {
  protocols: readonly string[];
}

function Bars({ days, protocols, most, total }: Drawn & { most: number; total: number }) {
  const step = WIDTH / days.length;
  const label = `${number(total)} requests in ${days.length} days, at most ${number(most)} on a day`;
  return (
    <svg class="usage-bars" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
      {days.map((day, i) => {
        let y = HEIGHT - 1;
        return protocols.map((protocol) => {
          const requests = day.requests[protocol] ?? 0;
          if (requests === 0) return null;
          // A small value is still visible.
          const height = Math.max(1.5, ((HEIGHT - 2) * requests) / most);
          y -= height;
          const left = i * step + GAP / 2;
          const width = step - GAP;
          return (
            <rect
              class={colourOf(protocol)}
              x={left.toFixed(1)}
              y={Math.max(0, y).toFixed(1)}
              width={width.toFixed(1)}
              height={height.toFixed(1)}
            />
          );
        });
      })}
      <rect class="usage-floor" x="0" y={String(HEIGHT - 1)} width={String(WIDTH)} height="1" />
    </svg>
  );
}

function Legend({ days, protocols }: Drawn) {
  return (
    <ul class="usage-legend small">
      {protocols.map((protocol) => (
        <li>
          <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
            <rect class={colourOf(protocol)} width="12" height="12" rx="2" />
          </svg>
          {protocol}
          <span class="soft">{number(days.reduce((sum, { requests }) => sum + (requests[protocol] ?? 0), 0))}</span>
        </li>
      ))}
    </ul>
  );
}

const columnsFor = (protocols: readonly string[]): Column<DayOfUse>[] => [
  { title: 'Day', cell: ({ day }) => formatDay(day) },
  ...protocols.map(
    (protocol): Column<DayOfUse> => ({
      title: protocol,
      kind: 'number',
      cell: ({ requests }) => number(requests[protocol] ?? 0),
    }),
  ),
];

const colourOf = (protocol: string) => `usage-${PROTOCOLS.includes(protocol) ? protocol : 'other'}`;
const totalOf = ({ requests }: DayOfUse): number => Object.values(requests).reduce((sum, one) => sum + one, 0);
const number = (value: number): string => value.toLocaleString('en');

/** Those that were used, in the order of their colours. */
function protocolsIn(days: readonly DayOfUse[]): string[] {
  const used = new Set(days.flatMap(({ requests }) => Object.keys(requests).filter((one) => (requests[one] ?? 0) > 0)));
  return [...PROTOCOLS.filter((one) => used.has(one)), ...[...used].filter((one) => !PROTOCOLS.includes(one)).sort()];
}
