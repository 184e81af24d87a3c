import type { RequestRecord } from './request-log.ts';

/** Upper bounds in seconds: most requests take a millisecond or two, the longest of git take minutes. */
const BOUNDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30, 300] as const;

/** The counts for one row and method. */
export interface RowCounts {
  /** The labels, as they are written. */
  labels: string;
  byStatus: Map<number, number>;
  /** How many took longer than the bound before and not longer than this one; what took longer than all is last. */
  byBound: number[];
  seconds: number;
}

/**
 * Counted in numbers of our own: check them again by their labels with each request, as prom-client does, costs more
 * than looking a token up.
 */
export function createRowCounts({
  protocol,
  method,
  route,
}: Pick<RequestRecord, 'protocol' | 'method' | 'route'>): RowCounts {
  const labels = labelsOf({ protocol, method, route });
  return { labels, byStatus: new Map(), byBound: new Array(BOUNDS.length + 1).fill(0), seconds: 0 };
}

export function countRequest(counts: RowCounts, { status, ms }: Pick<RequestRecord, 'status' | 'ms'>): void {
  const seconds = ms / 1000;
  counts.byStatus.set(status, (counts.byStatus.get(status) ?? 0) + 1);
  let bound = 0;
  while (bound < BOUNDS.length && seconds > (BOUNDS[bound] ?? 0)) bound++;
  counts.byBound[bound] = (counts.byBound[bound] ?? 0) + 1;
  counts.seconds += seconds;
}

/**
 * The counts in Prometheus' text format, each line ended.
 * https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 * @param checks how often a look at a credential ended how.
 */
export function countsAsText(rows: readonly RowCounts[], checks: ReadonlyMap<string, number>): string {
  const requests = rows.flatMap(({ labels, byStatus }) =>
    [...byStatus].map(([status, count]) => `{${labels},status="${status}"} ${count}`),
  );
  return [
    ...metric('postern_http_requests_total', 'Requests answered', 'counter', requests),
    ...metric(
      'postern_http_request_duration_seconds',
      'Time from the arrival of a request to the last byte of its answer',
      'histogram',
      rows.flatMap(durationsOf),
    ),
    ...metric(
      'postern_token_checks_total',
      'Credentials looked at, by how it ended',
      'counter',
      [...checks].map(([outcome, count]) => `{${labelsOf({ outcome })}} ${count}`),
    ),
    '',
  ].join('\n');
}

const metric = (name: string, help: string, type: 'counter' | 'histogram', series: readonly string[]) => [
  `# HELP ${name} ${help}`,
  `# TYPE ${name} ${type}`,
  ...series.map((each) => `${name}${each}`),
];

function durationsOf({ labels, byBound, seconds }: RowCounts): string[] {
  let count = 0;
  const buckets = byBound.map((more, index) => {
    count += more;
    return `_bucket{le="${BOUNDS[index] ?? '+Inf'}",${labels}} ${count}`;
  });
  return [...buckets, `_sum{${labels}} ${seconds}`, `_count{${labels}} ${count}`];
}

function labelsOf(labels: Record<string, string>): string {
  const escaped = (value: string) => value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n');
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',');
}
