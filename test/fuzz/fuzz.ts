import { PosternError } from '../../src/lib/errors.ts';
import { residentMegabytes } from '../support/memory.ts';
import { Choices } from './choices.ts';
import type { FuzzScene } from './scene.ts';

export type Outcome = 'accepted' | 'refused';

/**
 * Makes one input and gives it to a parser. Throws a PosternError for an input that is refused; any other error, and
 * one of the server's own, is a fault.
 */
export type Attempt = (choices: Choices) => Outcome | undefined | Promise<Outcome | undefined>;

export interface FuzzTarget {
  name: string;
  /** Makes the valid samples that are changed, once. @param scene starts a whole app, for the targets that ask one. */
  open(scene: () => Promise<FuzzScene>): Attempt | Promise<Attempt>;
}

export interface FuzzFigures {
  name: string;
  inputs: number;
  accepted: number;
  refused: number;
  /** The longest time of one input, in milliseconds. */
  longestMs: number;
  /** The number of that input. */
  longestAt: number;
  /** How much memory the process has gained in the second half of the inputs, when caches are full, in megabytes. */
  growthMegabytes: number;
  faults: string[];
}

/** An input that took this long is given again, in milliseconds. */
const LONG_MS = 40;
const MOST_FAULTS = 5;

/**
 * Gives a number of inputs to a target. The input with a number is the same for the same seed, whatever was before.
 * @param from the number of the first input: to repeat one of a report.
 */
export async function fuzz(
  target: FuzzTarget,
  { seed, inputs, from = 0, scene }: { seed: number; inputs: number; from?: number; scene: () => Promise<FuzzScene> },
): Promise<FuzzFigures> {
  const attempt = await target.open(scene);
  const figures = {
    name: target.name,
    inputs,
    accepted: 0,
    refused: 0,
    longestMs: 0,
    longestAt: from,
    growthMegabytes: 0,
  };
  const faults: string[] = [];
  let memory = 0;
  for (let at = from; at < from + inputs && faults.length < MOST_FAULTS; at++) {
    if (at - from === Math.floor(inputs / 2)) memory = memoryInUse();
    const choices = new Choices(seedOf(seed, target.name, at));
    try {
      const again = () => attempt(new Choices(seedOf(seed, target.name, at)));
      const { outcome, milliseconds } = await timed(() => attempt(choices), again);
      figures[outcome] += 1;
      if (milliseconds > figures.longestMs) Object.assign(figures, { longestMs: milliseconds, longestAt: at });
    } catch (error) {
      faults.push(`input ${at}: ${show(choices.input)}\n  ${(error as Error)?.stack ?? String(error)}`);
    }
  }
  figures.growthMegabytes = Math.max(0, memoryInUse() - memory);
  return { ...figures, faults };
}

/** An input that took long is given again: the shortest time counts, on a machine that may be busy with others. */
async function timed(first: () => ReturnType<Attempt>, again: () => ReturnType<Attempt>) {
  let since = stopwatch();
  const outcome = await outcomeOf(first);
  let milliseconds = since();
  for (let left = 2; left > 0 && milliseconds > LONG_MS; left--) {
    since = stopwatch();
    await outcomeOf(again);
    milliseconds = Math.min(milliseconds, since());
  }
  return { outcome, milliseconds };
}

/**
 * @returns the time since now, in milliseconds: at most the processor time that this thread has taken. Passwords are
 * hashed on others, and keep nobody waiting.
 */
function stopwatch(): () => number {
  const begun = performance.now();
  const before = process.threadCpuUsage();
  return () => {
    const { user, system } = process.threadCpuUsage(before);
    return Math.min(performance.now() - begun, (user + system) / 1000);
  };
}

async function outcomeOf(attempt: () => ReturnType<Attempt>): Promise<Outcome> {
  try {
    // Most attempts are not asynchronous: those need no turn of the loop.
    const outcome = attempt();
    return (outcome instanceof Promise ? await outcome : outcome) ?? 'accepted';
  } catch (error) {
    if (error instanceof PosternError && error.status < 500) return 'refused';
    throw error;
  }
}

/** FNV-1a of all three. */
function seedOf(seed: number, name: string, input: number): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(`${seed} ${name} ${input}`)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

function memoryInUse(): number {
  Bun.gc(true);
  return residentMegabytes(process.pid, 'RssAnon');
}

const MOST_SHOWN = 600;

function show(input: unknown): string {
  const bytes = input instanceof Uint8Array ? { latin1: Buffer.from(input).toString('latin1') } : input;
  return (JSON.stringify(bytes) ?? String(bytes)).slice(0, MOST_SHOWN);
}

/** A property that holds for every input. @throws Error, which is a fault. */
export function mustHold(holds: boolean, sentence: string): void {
  if (!holds) throw new Error(sentence);
}
