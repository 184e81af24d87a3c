import { type FuzzFigures, type FuzzTarget, fuzz } from '../fuzz/fuzz.ts';
import { type FuzzScene, startFuzzScene } from '../fuzz/scene.ts';
import { TARGETS } from '../fuzz/targets.ts';

/** The longest time of one input, in milliseconds. */
const MAX_STALL = 100;
/** The most memory that the second half of the inputs may add, in megabytes: what the collector leaves varies. */
const MAX_GROWTH = 24;

export interface FuzzSoakOptions {
  seed: number;
  /** Of all targets together. */
  inputs: number;
  /** Only targets with this in their names. */
  target?: string | undefined;
  say?: (line: string) => void;
}

/**
 * Gives each target of the fuzzers its part of the inputs, one target after the other.
 * @returns a table, and what exceeds the limits or is a fault.
 */
export async function fuzzSoak({
  seed,
  inputs,
  target: only = '',
  say = () => {},
}: FuzzSoakOptions): Promise<{ lines: string[]; problems: string[] }> {
  const each = Math.ceil(inputs / TARGETS.length);
  const all: FuzzFigures[] = [];
  for (const target of targetsNamed(only)) {
    // An app of its own for each: what one target leaves behind is not the growth of another.
    let started: Promise<FuzzScene> | undefined;
    const scene = () => {
      started ??= startFuzzScene();
      return started;
    };
    const figures = await fuzz(target, { seed, inputs: each, scene });
    await (await started)?.[Symbol.asyncDispose]();
    say(lineOf(figures));
    all.push(figures);
  }
  const done = all.reduce((sum, figures) => sum + figures.inputs, 0);
  const refused = all.reduce((sum, figures) => sum + figures.refused, 0);
  const longest = Math.max(...all.map(({ longestMs }) => longestMs));
  return {
    lines: [
      `${done} inputs for ${all.length} targets, ${refused} refused, at most ${longest.toFixed(0)} ms; seed ${seed}`,
      ...all.map(lineOf),
    ],
    problems: all.flatMap(problemsOf),
  };
}

/** The target of this name; without one, those with it in their names. @throws Error if there are none. */
function targetsNamed(text: string): readonly FuzzTarget[] {
  const exact = TARGETS.filter(({ name }) => name === text);
  const named = exact.length > 0 ? exact : TARGETS.filter(({ name }) => name.includes(text));
  if (named.length === 0) throw new Error(`no target is named ${text}`);
  return named;
}

const lineOf = ({ name, inputs, refused, longestMs, longestAt, growthMegabytes }: FuzzFigures) =>
  `  ${name.padEnd(42)} ${inputs} inputs, ${String(refused).padStart(6)} refused, ${longestMs.toFixed(1).padStart(6)} ms at most (input ${longestAt}), ${growthMegabytes.toFixed(1)} MB more`;

function problemsOf({ name, faults, longestMs, growthMegabytes, accepted, refused }: FuzzFigures): string[] {
  const problems = faults.map((fault) => `${name}: ${fault}`);
  if (longestMs >= MAX_STALL) problems.push(`${name}: one input took ${longestMs.toFixed(0)} ms`);
  if (growthMegabytes >= MAX_GROWTH) problems.push(`${name}: ${growthMegabytes.toFixed(0)} MB more memory`);
  if (accepted === 0 || refused === 0) problems.push(`${name}: all inputs were accepted, or all refused`);
  return problems;
}
