import { invalidParameter } from '../../lib/errors.ts';

/** The longest packet that git reads (gitprotocol-common, "pkt-line format"). */
const MAX_PACKET = 65_520;

export const malformedPackets = () => invalidParameter("The request is not in git's protocol.");

/** A packet with a payload, or one of the two that end a section and a part of it. */
export type Packet = Uint8Array | 'flush' | 'delimiter';

/**
 * Reads packets from chunks of any size. The packet that is being read is kept in a buffer of fixed size, so that many
 * tiny chunks cost no more than a large one.
 * @param take is given each packet; its bytes are valid during the call. It returns false for the last one of interest.
 * @returns a function that takes a chunk, and returns false once nothing more is of interest. It throws PosternError
 * `invalid` for bytes that are not packets, and what `take` throws.
 */
export function createPacketReader(take: (packet: Packet) => boolean): (chunk: Uint8Array) => boolean {
  const packet = new Uint8Array(MAX_PACKET);
  let filled = 0;
  let length = 4;
  let interested = true;
  const packetRead = () => {
    if (length > 4) interested = take(packet.subarray(4, length));
    else {
      const announced = lengthOf(packet);
      if (announced > 4) return announced;
      if (announced < 4) interested = take(announced === 0 ? 'flush' : 'delimiter');
    }
    filled = 0;
    return 4;
  };
  return (chunk) => {
    for (let at = 0; at < chunk.length && interested; ) {
      const part = chunk.subarray(at, at + length - filled);
      packet.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled === length) length = packetRead();
    }
    return interested;
  };
}

function lengthOf(packet: Uint8Array): number {
  const length = announcedLength(packet) ?? -1;
  // 0 is a flush, and 1 the delimiter of protocol 2.
  if (![0, 1].includes(length) && (length < 4 || length > MAX_PACKET)) throw malformedPackets();
  return length;
}

/**
 * The length that the first four bytes of a packet announce, in hex; they count themselves.
 * @returns null for bytes that are no packet.
 */
export function announcedLength(packet: Uint8Array): number | null {
  const digits = new TextDecoder().decode(packet.subarray(0, 4));
  return /^[0-9a-f]{4}$/i.test(digits) ? Number.parseInt(digits, 16) : null;
}

export const pktLine = (text: string) => (Buffer.byteLength(text) + 4).toString(16).padStart(4, '0') + text;
