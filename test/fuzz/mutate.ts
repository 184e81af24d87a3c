import type { Choices } from './choices.ts';

/** The text with some changes; in a quarter of cases none. */
export function mutateText(choices: Choices, text: string): string {
  let changed = text;
  for (let left = choices.below(4); left > 0; left--) changed = changeText(choices, changed);
  return changed;
}

function changeText(choices: Choices, text: string): string {
  const at = choices.below(text.length + 1);
  const end = Math.min(text.length, at + 1 + choices.below(8));
  switch (choices.below(7)) {
    case 0:
      return text.slice(0, at) + choices.oddText() + text.slice(at);
    case 1:
      return text.slice(0, at) + choices.oddText() + text.slice(end);
    case 2:
      return text.slice(0, at) + text.slice(end);
    case 3:
      return text.slice(0, end) + text.slice(at);
    case 4:
      return text.slice(0, at);
    case 5:
      return (
        text.slice(0, at) + String.fromCharCode(choices.below(choices.chance(0.8) ? 128 : 65_536)) + text.slice(end)
      );
    default:
      return text.slice(0, at) + text.slice(at, end).repeat(1 + choices.below(40)) + text.slice(end);
  }
}

/** The bytes with some changes; in a quarter of cases none. */
export function mutateBytes(choices: Choices, bytes: Uint8Array): Buffer<ArrayBuffer> {
  let changed = Buffer.from(bytes);
  for (let left = choices.below(4); left > 0; left--) changed = changeBytes(choices, changed);
  return changed;
}

const EDGES = [0, 1, 0x20, 0x2d, 0x30, 0x7f, 0x80, 0xfe, 0xff];

function changeBytes(choices: Choices, bytes: Buffer<ArrayBuffer>): Buffer<ArrayBuffer> {
  const at = choices.below(bytes.length + 1);
  const end = Math.min(bytes.length, at + 1 + choices.below(16));
  const spliced = (middle: Uint8Array) => Buffer.concat([bytes.subarray(0, at), middle, bytes.subarray(end)]);
  switch (choices.below(6)) {
    case 0:
      return spliced(Buffer.alloc(end - at, choices.pick(EDGES)));
    case 1:
      return spliced(Buffer.from(bytes.subarray(at, end)).map((byte) => byte ^ (1 << choices.below(8))));
    case 2:
      return spliced(Buffer.from(choices.oddText()));
    case 3:
      return spliced(Buffer.alloc(0));
    case 4:
      return Buffer.from(bytes.subarray(0, at));
    default:
      return spliced(Buffer.concat([bytes.subarray(at, end), bytes.subarray(at, end), choices.bytes(8)]));
  }
}

/** A value as JSON has it, at most `depth` deep. */
export function jsonValue(choices: Choices, depth = 3): unknown {
  switch (choices.below(depth > 0 ? 8 : 6)) {
    case 0:
      return null;
    case 1:
      return choices.chance(0.5);
    case 2:
      return choices.pick([0, -1, 1, 1.5, 1e308, 2 ** 53, choices.below(1000)]);
    case 6:
      return choices.several(4, () => jsonValue(choices, depth - 1));
    case 7:
      return Object.fromEntries(choices.several(4, () => [choices.oddText(), jsonValue(choices, depth - 1)]));
    default:
      return choices.oddText();
  }
}

/** The value with some of what it holds replaced, left out, renamed or changed; in a third of cases none. */
export function mutateJson(choices: Choices, value: unknown): unknown {
  let changed = value;
  for (let left = choices.below(3); left > 0; left--) changed = changeJson(choices, changed);
  return changed;
}

function changeJson(choices: Choices, value: unknown): unknown {
  const holds = typeof value === 'object' && value !== null;
  if (!holds || choices.chance(0.1))
    return typeof value === 'string' && choices.chance(0.5) ? changeText(choices, value) : jsonValue(choices);
  const entries: [string, unknown][] = Object.entries(value);
  const at = choices.below(entries.length);
  const [key, inside] = entries[at] ?? [choices.oddText(), null];
  const chance = choices.below(10);
  if (chance === 0) entries.splice(at, 1);
  else if (chance === 1) entries.push([choices.oddText(), jsonValue(choices)]);
  else if (chance === 2) entries[at] = [changeText(choices, key), inside];
  else entries[at] = [key, changeJson(choices, inside)];
  return Array.isArray(value) ? entries.map(([, each]) => each) : Object.fromEntries(entries);
}

/** The bytes in chunks of other sizes each time. */
export async function* inChunks(choices: Choices, bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const most = choices.pick([1, 7, 64, 4096]);
  for (let at = 0; at < bytes.length; ) {
    // Not one chunk a byte of a long input: the time would be that of the chunks.
    const size = Math.max(1 + choices.below(most), Math.ceil(bytes.length / 200));
    yield bytes.subarray(at, at + size);
    at += size;
  }
}
