import { createPacketReader, malformedPackets, pktLine } from './packets.ts';

/** One ref that a push asks to create (`old` is null), to delete (`new` is null) or to update. */
export interface RefCommand {
  /** The full name: `refs/heads/main`. */
  ref: string;
  /** The object id that the client saw. */
  old: string | null;
  new: string | null;
}

/** The commands before the pack in a push. */
export interface PushHead {
  commands: RefCommand[];
  /** The capabilities that the client chose: `report-status`, `side-band-64k`. */
  capabilities: Set<string>;
}

/** The most refs that one push may change: the journal has a row for each. */
export const MAX_COMMANDS = 20_000;
/** The longest name of a ref, in bytes. A name of 64 KiB could have 32,000 folders. */
export const MAX_NAME_BYTES = 1024;
/** The most folders of all refs of one push: each is synced. */
export const MAX_NAME_PARTS = 200_000;
/** The most bytes of commands and push options; git holds all of them in memory. */
export const MAX_HEAD_BYTES = 8 * 1024 * 1024;

/** A push that is over a bound. It is reported to the client in git's protocol, and never as an HTTP status. */
export class PushTooLarge extends Error {
  override readonly name = 'PushTooLarge';
}

/**
 * Reads the commands and push options of receive-pack while they are streamed to git (gitprotocol-pack, "Reference
 * Update Request").
 * @param head is filled as the chunks are read.
 * @param whole a client that cannot read an answer before it has sent everything: its input is read to the end in any
 * case.
 * @returns the same bytes in the same chunks.
 * @throws while the stream is read: PosternError `invalid` for bytes that are not commands; PushTooLarge.
 */
export async function* readCommands(
  input: AsyncIterable<Uint8Array>,
  head: PushHead,
  whole: boolean,
): AsyncIterable<Uint8Array> {
  const read = createHeadReader(head);
  let inHead = true;
  let refused: PushTooLarge | undefined;
  for await (const chunk of input) {
    try {
      if (inHead) inHead = read(chunk);
    } catch (error) {
      if (!whole || !(error instanceof PushTooLarge)) throw error;
      refused = error;
      inHead = false;
    }
    yield refused ? NOTHING : chunk;
  }
  if (refused) throw refused;
}

const NOTHING = new Uint8Array(0);

export const emptyHead = (): PushHead => ({ commands: [], capabilities: new Set() });

/** Takes the bytes of the head in chunks of any size. @returns false once the head has ended. */
function createHeadReader(head: PushHead): (chunk: Uint8Array) => boolean {
  let total = 0;
  let parts = 0;
  let inCommands = true;
  return createPacketReader((packet) => {
    if (packet === 'delimiter') throw malformedPackets();
    if (packet === 'flush') {
      // Push options are a section of their own, behind the commands.
      const more = inCommands && head.capabilities.has('push-options');
      inCommands = false;
      return more;
    }
    total += packet.length;
    if (total > MAX_HEAD_BYTES) throw new PushTooLarge(`the names of the refs are over ${MAX_HEAD_BYTES} bytes`);
    if (!inCommands) return true;
    parts += partsIn(addCommand(head, packet));
    if (parts > MAX_NAME_PARTS) throw new PushTooLarge(`the names of the refs have over ${MAX_NAME_PARTS} parts`);
    return true;
  });
}

const partsIn = (name: string) => name.split('/').length;

const COMMAND = /^([0-9a-f]{40}|[0-9a-f]{64}) ([0-9a-f]{40}|[0-9a-f]{64}) ([\s\S]+)$/;

/** @returns the name of the ref; empty for a packet that is no command. */
function addCommand({ commands, capabilities }: PushHead, payload: Uint8Array): string {
  const text = new TextDecoder().decode(payload);
  const end = text.indexOf('\0');
  const line = (end < 0 ? text : text.slice(0, end)).replace(/\n$/, '');
  for (const name of end < 0 ? [] : text.slice(end + 1).split(/\s+/)) if (name !== '') capabilities.add(name);
  // A client with a shallow clone says where its history ends.
  if (line.startsWith('shallow ')) return '';
  const command = parseCommand(line);
  if (!command) throw malformedPackets();
  if (Buffer.byteLength(command.ref) > MAX_NAME_BYTES)
    throw new PushTooLarge(`the name of a ref is over ${MAX_NAME_BYTES} bytes`);
  if (commands.length === MAX_COMMANDS) throw new PushTooLarge(`more than ${MAX_COMMANDS} refs in one push`);
  commands.push(command);
  return command.ref;
}

/** @returns null for a line that is not `OLD NEW REF`. */
export function parseCommand(line: string): RefCommand | null {
  const [, before = '', after = '', ref = ''] = COMMAND.exec(line) ?? [];
  return ref === '' ? null : { ref, old: idOrNull(before), new: idOrNull(after) };
}

const idOrNull = (id: string) => (/^0+$/.test(id) ? null : id);

/**
 * The answer of receive-pack to a push of which nothing was done, in the form that the client asked for
 * (gitprotocol-pack, "Report Status"). Git prints `error: remote unpack failed: REASON`.
 */
export function refusePush({ capabilities }: PushHead, reason: string): Uint8Array<ArrayBuffer> {
  const report = `${pktLine(`unpack ${reason}\n`)}0000`;
  const wanted = capabilities.has('report-status') || capabilities.has('report-status-v2');
  const banded = capabilities.has('side-band-64k') || capabilities.has('side-band');
  if (!banded) return new TextEncoder().encode(wanted ? report : '');
  const message = pktLine(`\x02fatal: ${reason}\n`);
  return new TextEncoder().encode(`${message}${wanted ? pktLine(`\x01${report}`) : ''}0000`);
}
