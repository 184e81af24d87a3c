import { invalidParameter } from '../../lib/errors.ts';
import { createPacketReader } from './packets.ts';

/** The most objects that one fetch may ask for: one for each ref of a large mirror, or each file of a checkout. */
export const MAX_WANTS = 500_000;
/** How much of a request is held back until its wants are checked; wants and haves of a conversation come in turns. */
const MAX_HELD_BYTES = 64 * 1024 * 1024;
/** Git takes the digits of an id in either case. */
const WANT = /^want ([0-9a-f]{64}|[0-9a-f]{40})/i;
/** Enough of a packet for an id. */
const WANT_LENGTH = 'want '.length + 64;

/** A fetch of an object that the client may not have. It is reported in git's words. */
export class NotOurRef extends Error {
  override readonly name = 'NotOurRef';
  constructor(id: string) {
    super(`upload-pack: not our ref ${id}`);
  }
}

/**
 * Reads the objects that a client asks for while its request is streamed to git, in protocols 0 to 2 (gitprotocol-pack,
 * "Packfile Negotiation"; gitprotocol-v2, "fetch"). Git answers at the flush that ends a section: its bytes are held
 * back until the wants in it are checked.
 * @param check is given the ids. It throws for one that must not be sent.
 * @returns the same bytes.
 * @throws while the stream is read: what `check` throws; PosternError `invalid` for bytes that are not packets, and for
 * a command that the server does not have.
 */
export async function* checkWants(
  input: AsyncIterable<Uint8Array>,
  check: (ids: ReadonlySet<string>) => Promise<void>,
): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let wants = new Set<string>();
  let wantsInSection = false;
  const read = createPacketReader((packet) => {
    if (packet === 'flush') wantsInSection = false;
    if (typeof packet !== 'string') refuseUnserved(packet);
    const id = typeof packet === 'string' ? undefined : wantOf(packet);
    if (id !== undefined) {
      wantsInSection = true;
      wants.add(id);
    }
    if (wants.size > MAX_WANTS) throw invalidParameter(`A fetch may ask for at most ${MAX_WANTS} objects.`);
    return true;
  });
  const release = async () => {
    if (wants.size > 0) await check(wants);
    wants = new Set();
    const chunks = held;
    held = [];
    heldBytes = 0;
    return chunks;
  };
  for await (const chunk of input) {
    read(chunk);
    held.push(chunk);
    heldBytes += chunk.length;
    if (heldBytes > MAX_HELD_BYTES) throw invalidParameter('The request is too long.');
    if (!wantsInSection) yield* await release();
  }
  yield* await release();
}

/** The commands of protocol 2 that the server advertises (gitprotocol-v2, "Command Request"). */
const COMMANDS: readonly string[] = ['ls-refs', 'fetch'];
const COMMAND = /^command=([^\n]*)/;
/** Enough of a packet for the name of a command. */
const COMMAND_LENGTH = 64;

/** @throws PosternError `invalid` for a command that the server does not advertise: git would end without an answer. */
function refuseUnserved(packet: Uint8Array): void {
  if (packet[0] !== 0x63) return;
  const command = COMMAND.exec(Buffer.from(packet.subarray(0, COMMAND_LENGTH)).toString('latin1'))?.[1];
  if (command !== undefined && !COMMANDS.includes(command))
    throw invalidParameter(`The server has only the commands ${COMMANDS.join(' and ')} of git's protocol version 2.`);
}

function wantOf(packet: Uint8Array): string | undefined {
  if (packet[0] !== 0x77) return undefined;
  return WANT.exec(Buffer.from(packet.subarray(0, WANT_LENGTH)).toString('latin1'))?.[1]?.toLowerCase();
}
