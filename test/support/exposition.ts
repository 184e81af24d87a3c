export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

export interface Family {
  name: string;
  help: string;
  type: string;
  samples: Sample[];
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (\\S+)$`);
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/y;

/**
 * Parses the text format of Prometheus. https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 * @throws Error for a line that is none, a series of no family or one that is there twice, or a text without its last
 * line end.
 */
export function parseExposition(text: string): Map<string, Family> {
  const families = new Map<string, Family>();
  const series = new Set<string>();
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  for (const line of text.slice(0, -1).split('\n')) {
    const [, kind, name = '', rest = ''] = new RegExp(`^# (HELP|TYPE) (${NAME}) (.*)$`).exec(line) ?? [];
    const family = families.get(name) ?? { name, help: '', type: '', samples: [] };
    if (kind === 'HELP') families.set(name, { ...family, help: rest });
    else if (kind === 'TYPE') families.set(name, { ...family, type: rest });
    else if (line !== '') addSample(families, series, parseSample(line));
  }
  return families;
}

function addSample(families: Map<string, Family>, series: Set<string>, sample: Sample): void {
  const family = families.get(sample.name) ?? families.get(sample.name.replace(/_(bucket|sum|count)$/, ''));
  if (!family || family.type === '') throw new Error(`${sample.name} has no type`);
  const key = `${sample.name} ${JSON.stringify(Object.entries(sample.labels).sort())}`;
  if (series.has(key)) throw new Error(`${key} is there twice`);
  series.add(key);
  family.samples.push(sample);
}

function parseSample(line: string): Sample {
  const [, name, inner = '', number = ''] = SAMPLE.exec(line) ?? [];
  const value = number === '+Inf' ? Number.POSITIVE_INFINITY : Number(number);
  if (name === undefined || (Number.isNaN(value) && !/^nan$/i.test(number))) throw new Error(`no sample: ${line}`);
  const labels: Record<string, string> = {};
  for (LABEL.lastIndex = 0; LABEL.lastIndex < inner.length; ) {
    const [, label, text = ''] = LABEL.exec(inner) ?? [];
    if (label === undefined) throw new Error(`no labels: ${line}`);
    labels[label] = text.replace(/\\(.)/g, (_, escaped) => (escaped === 'n' ? '\n' : escaped));
  }
  return { name, labels, value };
}
