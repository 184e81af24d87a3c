import { announcedLength } from './packets.ts';
import type { PushHead } from './push-commands.ts';

/** The output of a git, of which a part is kept back until it may be sent. */
export interface HeldOutput {
  /** @returns the bytes that may be sent now. */
  take(chunk: Uint8Array): Uint8Array;
  /** @returns the bytes that are kept back. */
  rest(): Uint8Array<ArrayBuffer>;
}

/**
 * Keeps back the report of receive-pack: its `ok refs/heads/main` acknowledges a push. The advertisement and the
 * progress are sent at once. The report has a line for each command of the push, which bounds what is kept.
 * @param head has the capabilities that the client chose. It is filled before git answers.
 * @param advertised whether the output begins with the advertisement of the refs, as in a duplex conversation.
 */
export function holdReport(head: PushHead, advertised: boolean): HeldOutput {
  let phase: 'advertisement' | 'progress' | 'report' = advertised ? 'advertisement' : 'progress';
  let kept: Uint8Array[] = [];

  /** Takes the next packet. @returns its size; null when it is not whole, or belongs to the report. */
  const pass = (bytes: Uint8Array): number | null => {
    if (phase === 'progress' && bytes.length > 0 && !isBanded(head)) phase = 'report';
    if (phase === 'report' || bytes.length < HEADER) return null;
    const size = sizeOfPacket(bytes);
    if (size === null) phase = 'report';
    if (size === null || bytes.length < size) return null;
    if (phase === 'progress' && !isProgress(bytes.subarray(0, size))) phase = 'report';
    if (phase === 'report') return null;
    if (phase === 'advertisement' && isFlush(bytes)) phase = 'progress';
    return size;
  };

  return {
    take(chunk) {
      if (phase === 'report') {
        kept.push(chunk);
        return NOTHING;
      }
      const bytes = kept.length === 0 ? chunk : Buffer.concat([...kept, chunk]);
      let passed = 0;
      for (let size = pass(bytes); size !== null; size = pass(bytes.subarray(passed))) passed += size;
      kept = passed < bytes.length ? [bytes.subarray(passed)] : [];
      return bytes.subarray(0, passed);
    },
    rest: () => new Uint8Array(Buffer.concat(kept)),
  };
}

const NOTHING = new Uint8Array(0);
/** The length of a packet in hex, which counts these digits too (gitprotocol-common, "pkt-line format"). */
const HEADER = 4;
/** The channel of a side band that carries the report (gitprotocol-pack, "Packfile Data"). */
const REPORT_BAND = 1;

const isBanded = ({ capabilities }: PushHead) => capabilities.has('side-band-64k') || capabilities.has('side-band');

/** @returns null for bytes that are no packet. */
function sizeOfPacket(bytes: Uint8Array): number | null {
  const length = announcedLength(bytes);
  return length === null ? null : Math.max(HEADER, length);
}

const isFlush = (bytes: Uint8Array) => bytes.subarray(0, HEADER).every((digit) => digit === 0x30);

/** A message, or the empty packet by which git shows that it is alive. */
const isProgress = (packet: Uint8Array) =>
  packet.length > HEADER && (packet[HEADER] !== REPORT_BAND || packet.length === HEADER + 1);
