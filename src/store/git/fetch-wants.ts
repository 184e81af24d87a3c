import { invalidParameter } from '../../lib/errors.ts';
import { createPacketReader, type Packet } from './packets.ts';

/** The most objects that one fetch may ask for: one for each ref of a large mirror, or each file of a checkout. */
export const MAX_WANTS = 500_000;
/** How much of a request is held back until its wants are checked; wants and haves of a conversation come in turns. */
const MAX_HELD_BYTES = 64 * 1024 * 1024;
/** Git takes the digits of an id in either case. */
const OBJECT = /^(want|shallow) ([0-9a-f]{64}|[0-9a-f]{40})/i;
const DEEPEN = 'deepen ';
/** A depth as clients write it. Git reads others too: in hex, or larger than an integer, which it then cuts off. */
const DEPTH = /^deepen [1-9]\d{0,8}\n?$/;
/** The commands of protocol 2. Others are not offered; some of them git would carry out. */
const COMMAND = /^command=(?!(?:fetch|ls-refs)\n?$)/;
/** Of these packets. A fetch has many more that say what the client has. */
const FIRST: ReadonlySet<number | undefined> = new Set(Buffer.from('wsdc'));
/** Enough of a packet for an id, a depth or a command. */
const LENGTH = 'shallow '.length + 64;

/** A fetch of an object that the client may not have. It is reported in git's words. */
export class NotOurRef extends Error {
  override readonly name = 'NotOurRef';
  readonly id: string;
  constructor(id: string) {
    super(`upload-pack: not our ref ${id}`);
    this.id = id;
  }
}

/** The objects of a request that the client must be allowed to have. */
export interface Wanted {
  ids: ReadonlySet<string>;
  /**
   * Commits of which git sends the parents, and their history: the ends of the history of a client that asks for the
   * rest of it (`git fetch --unshallow`). Git sends them without looking whether a ref leads there.
   */
  parentsOf: ReadonlySet<string>;
}

/**
 * Reads the objects that a client asks for while its request is streamed to git, in protocols 0 to 2 (gitprotocol-pack,
 * "Packfile Negotiation"; gitprotocol-v2, "fetch"). Git answers at the flush that ends a section: its bytes are held
 * back until the objects in it are checked.
 * @param check is given the objects. It throws for one that must not be sent.
 * @returns the same bytes.
 * @throws while the stream is read: what `check` throws; PosternError `invalid` for bytes that are not packets, and for
 * a command that the server does not have.
 */
export async function* checkWants(
  input: AsyncIterable<Uint8Array>,
  check: (wanted: Wanted) => Promise<void>,
): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  const section = createSection();
  const read = createPacketReader(section.add);
  const release = async () => {
    await section.check(check);
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
    if (!section.isOpen()) yield* await release();
  }
  yield* await release();
}

/** The objects of a request that are read and not checked yet. */
function createSection() {
  let wants = new Set<string>();
  let shallow = new Set<string>();
  let whole = false;
  let open = false;
  /** Sections of one chunk are checked together, each with its own shallow commits. */
  let unshallowed = new Set<string>();
  const add = (packet: Packet): true => {
    if (packet === 'flush') {
      if (whole) unshallowed = unshallowed.union(shallow);
      shallow = new Set();
      whole = false;
      open = false;
    }
    if (typeof packet === 'string' || !FIRST.has(packet[0])) return true;
    const text = Buffer.from(packet.subarray(0, LENGTH)).toString('latin1');
    if (COMMAND.test(text)) throw invalidParameter('The commands of protocol 2 are ls-refs and fetch.');
    const [, kind = '', id = ''] = OBJECT.exec(text) ?? [];
    if (id !== '') (kind === 'want' ? wants : shallow).add(id.toLowerCase());
    if (text.startsWith(DEEPEN) && !DEPTH.test(text)) whole = true;
    open ||= id !== '' || text.startsWith(DEEPEN);
    if (wants.size + shallow.size + unshallowed.size > MAX_WANTS)
      throw invalidParameter(`A fetch may ask for at most ${MAX_WANTS} objects.`);
    return true;
  };
  return {
    add,
    /** Git does not answer before the section ends. */
    isOpen: () => open,
    async check(by: (wanted: Wanted) => Promise<void>): Promise<void> {
      const wanted = { ids: wants, parentsOf: whole ? unshallowed.union(shallow) : unshallowed };
      wants = new Set();
      unshallowed = new Set();
      if (wanted.ids.size + wanted.parentsOf.size > 0) await by(wanted);
    },
  };
}
