import {
  Counter,
  Histogram,
  type HistogramConfiguration,
  type MetricObjectWithValues,
  type MetricValueWithName,
  type Registry,
} from 'prom-client';
import { BUCKETS, type RequestCounts, type RowCounts } from './request-counts.ts';

type RowLabel = 'protocol' | 'method' | 'route';

/** Registers the counts of requests: they are read when the metrics are. */
export function registerRequestMeters(registry: Registry, counts: RequestCounts): void {
  const registers = [registry];
  new Counter({
    name: 'postern_http_requests_total',
    help: 'Requests answered',
    labelNames: ['protocol', 'method', 'route', 'status'],
    registers,
    collect() {
      this.reset();
      for (const { labels, byStatus } of counts.rows())
        for (const [status, count] of byStatus) this.inc({ ...labels, status }, count);
    },
  });
  new RequestDurations(registry, counts);
  new Counter({
    name: 'postern_token_checks_total',
    help: 'Credentials looked at, by how it ended',
    labelNames: ['outcome'],
    registers,
    collect() {
      this.reset();
      for (const [outcome, count] of counts.checks) this.inc({ outcome }, count);
    },
  });
}

const DURATIONS: HistogramConfiguration<RowLabel> = {
  name: 'postern_http_request_duration_seconds',
  help: 'Time from the arrival of a request to the last byte of its answer',
  labelNames: ['protocol', 'method', 'route'],
  buckets: BUCKETS,
};

/** A histogram of durations that were put into its buckets when they were observed. */
class RequestDurations extends Histogram<RowLabel> {
  readonly #counts: RequestCounts;
  readonly #empty = new Histogram({ ...DURATIONS, registers: [] });

  constructor(registry: Registry, counts: RequestCounts) {
    super({ ...DURATIONS, registers: [registry] });
    this.#counts = counts;
  }

  override async get(): Promise<MetricObjectWithValues<MetricValueWithName<RowLabel | 'le'>>> {
    const metric = await this.#empty.get();
    return { ...metric, values: [...this.#counts.rows()].flatMap((row) => valuesOf(metric.name, row)) };
  }

  /** Called by the registry when it writes a histogram as text. */
  getForPromString() {
    return this.get();
  }
}

function valuesOf(name: string, { labels, buckets, seconds }: RowCounts): MetricValueWithName<RowLabel | 'le'>[] {
  let count = 0;
  const values = buckets.map((more, index) => {
    count += more;
    const le = BUCKETS[index] ?? '+Inf';
    return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: count };
  });
  return [
    ...values,
    { metricName: `${name}_sum`, labels, value: seconds },
    { metricName: `${name}_count`, labels, value: count },
  ];
}
