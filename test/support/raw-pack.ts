import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';

/** The length of one copy in a delta. */
const COPY = 65_536;

const sha1 = (...parts: Uint8Array[]) => {
  const hash = createHash('sha1');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** The id of a blob. */
export const blobId = (content: Uint8Array) => sha1(Buffer.from(`blob ${content.length}\0`), content).toString('hex');

/**
 * A pack of two blobs: one of 64 KiB of zeros, and one that a delta makes of `copies` copies of the first. Seven bytes
 * of a delta stand for 64 KiB, before compression (gitformat-pack, "Deltified representation").
 */
export function packOfCopies(copies: number): Buffer {
  const base = new Uint8Array(COPY);
  const id = sha1(Buffer.from(`blob ${COPY}\0`), base);
  // Copy from offset 0, of which the three bytes of the size follow.
  const copy = Buffer.from([0x80 | 0x10 | 0x20 | 0x40, 0, 0, 1]);
  const delta = Buffer.concat([varint(COPY), varint(copies * COPY), Buffer.alloc(4 * copies, copy)]);
  const count = Buffer.alloc(12);
  count.write('PACK');
  count.writeUInt32BE(2, 4);
  count.writeUInt32BE(2, 8);
  const objects = [header(3, COPY), deflateSync(base), header(7, delta.length), id, deflateSync(delta)];
  const pack = Buffer.concat([count, ...objects]);
  return Buffer.concat([pack, sha1(pack)]);
}

/** The type and size in front of an object. */
function header(type: number, size: number): Buffer {
  const bytes = [(type << 4) | (size & 15)];
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.push((bytes.pop() ?? 0) | 0x80, rest & 127);
  }
  return Buffer.from(bytes);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest & 127) | 128);
  return Buffer.from([...bytes, rest]);
}

/** The body of a push that creates one ref. */
export function pushBody(ref: string, id: string, pack: Uint8Array): Buffer<ArrayBuffer> {
  const command = `${'0'.repeat(40)} ${id} ${ref}\0report-status side-band-64k`;
  const line = (command.length + 4).toString(16).padStart(4, '0') + command;
  return Buffer.concat([Buffer.from(`${line}0000`), pack]);
}
