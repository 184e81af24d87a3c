import { afterEach, beforeEach, expect, spyOn, test } from 'bun:test';
import { readFileSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { thrown } from '../../../test/support/rejection.ts';
import { scratchFolder } from '../../../test/support/scratch.ts';
import { writeBody } from './write-body.ts';

let folder: string;
let file: FileHandle;

beforeEach(async () => {
  folder = scratchFolder('postern-test-');
  file = await open(`${folder}/file`, 'a');
});
afterEach(async () => {
  await file.close();
  rmSync(folder, { recursive: true });
});

const written = () => readFileSync(`${folder}/file`);

/** Chunks of odd sizes, some of them empty, some megabytes in total. */
const CHUNKS = Array.from({ length: 3000 }, (_, i) => Buffer.alloc((i * 7919) % 4001, `${i} `));
const WHOLE = Buffer.concat(CHUNKS);

async function* chunks(breaksAfter = Number.POSITIVE_INFINITY) {
  let given = 0;
  for (const chunk of CHUNKS) {
    if (given++ === breaksAfter) throw new Error('the connection was cut');
    yield chunk;
  }
}

/** The file takes `least` bytes at most of each piece, and from `until` on nothing. */
function slowFile(least: number, until = Number.POSITIVE_INFINITY) {
  const prototype = Object.getPrototypeOf(file) as FileHandle;
  const { writev } = prototype;
  let taken = 0;
  const less = async function (this: FileHandle, [first]: readonly Uint8Array[]) {
    const part = first?.subarray(0, least) ?? new Uint8Array(0);
    taken += part.byteLength;
    if (taken > until) throw Object.assign(new Error('the disk is full'), { code: 'ENOSPC' });
    return writev.call(this, [part]);
  };
  return spyOn(prototype, 'writev').mockImplementation(less as FileHandle['writev']);
}

test('a body is written whole and in order, and written bytes are reported', async () => {
  let wrote = 0;
  const count = (bytes: number) => {
    wrote += bytes;
  };
  expect(await writeBody(file, chunks(), count)).toBe(WHOLE.byteLength);
  expect(written()).toEqual(WHOLE);
  expect(wrote).toBe(WHOLE.byteLength);
});

test('a body of no bytes, and one of empty chunks', async () => {
  const empty = async function* () {
    yield new Uint8Array(0);
  };
  expect(await writeBody(file, empty())).toBe(0);
  expect(await writeBody(file, new Blob([]).stream())).toBe(0);
  expect(written()).toHaveLength(0);
});

test('of a body that breaks off everything that came is written', async () => {
  expect(await thrown(writeBody(file, chunks(1234)))).toThrow('cut');
  expect(written()).toEqual(Buffer.concat(CHUNKS.slice(0, 1234)));
});

test('a file that takes less than it is given gets the rest', async () => {
  using _ = slowFile(1000);
  expect(await writeBody(file, chunks())).toBe(WHOLE.byteLength);
  expect(written()).toEqual(WHOLE);
});

test('behind what could not be written nothing is, and the body is read no further', async () => {
  using _ = slowFile(4096, 100_000);
  let came = 0;
  const counted = async function* () {
    for await (const chunk of chunks()) {
      came += chunk.byteLength;
      yield chunk;
    }
  };
  expect(await thrown(writeBody(file, counted()))).toThrow('full');
  expect(came).toBeLessThan(WHOLE.byteLength);
  expect(WHOLE.subarray(0, written().byteLength)).toEqual(written());
  expect(written().byteLength).toBeLessThanOrEqual(100_000);
});
