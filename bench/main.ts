import { useDisk } from '../test/support/scratch.ts';
import { gitHttp } from './git-http.ts';
import { maintenance } from './maintenance.ts';
import { npm } from './npm.ts';
import { oci } from './oci.ts';
import { packument } from './packument.ts';
import { pages } from './pages.ts';
import { reach } from './reach.ts';
import { start } from './start.ts';
import type { Benchmark, Figure } from './support/benchmark.ts';
import { describeMachine, load } from './support/machine.ts';
import { tokenCheck } from './token-check.ts';

const ALL: readonly Benchmark[] = [gitHttp, maintenance, oci, npm, packument, tokenCheck, reach, pages, start];

const names = process.argv.slice(2);
const unknown = names.filter((name) => !ALL.some((benchmark) => benchmark.name === name));
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}; there is ${ALL.map(({ name }) => name).join(', ')}.`);
  process.exit(2);
}

useDisk();
const sections: string[] = [];
for (const benchmark of ALL.filter(({ name }) => names.length === 0 || names.includes(name))) {
  const before = load();
  console.log(`\n${benchmark.name}: ${benchmark.title}`);
  const figures = await benchmark.run((line) => console.log(`  ${line}`));
  const section = render(benchmark, figures, `${before} before, ${load()} after`);
  console.log(`\n${section}`);
  sections.push(section);
}
// Some of them alone are for a look; the file holds one run of all.
if (names.length === 0) {
  await Bun.write(new URL('./RESULTS.md', import.meta.url), `${heading()}\n${sections.join('\n')}`);
}

function heading(): string {
  return [
    '# What was measured',
    '',
    'Written by `script/bench`, which measures all of it in one run; `script/bench NAME` prints one. Figures of another machine, or of',
    'another hour, are not to be compared with these: what counts is the ratio of two things measured in turns, of which the median over the rounds is given.',
    '',
    ...describeMachine(),
    `- when: ${new Date().toISOString().slice(0, 16)}Z`,
    '',
  ].join('\n');
}

function render({ name, title, method, columns }: Benchmark, figures: readonly Figure[], loads: string): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const ratio = (figure: Figure) => (figure.ratio === null ? '' : figure.ratio.toFixed(2));
  const met = (figure: Figure) => (figure.met === null ? '' : figure.met ? 'yes' : '**no**');
  return [
    `## ${title}`,
    '',
    `\`script/bench ${name}\`. ${method} Load of the machine: ${loads}.`,
    '',
    row(['', ...columns, 'ratio', 'target', 'met']),
    row(['---', '---:', '---:', '---:', '---', '---']),
    ...figures.map((figure) =>
      row([figure.what, figure.ours, figure.other, ratio(figure), figure.target, met(figure)]),
    ),
    '',
  ].join('\n');
}
