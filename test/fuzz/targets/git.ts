import { isDeepStrictEqual } from 'node:util';
import { isVersion2, protocolOf } from '../../../src/protocols/git/format.ts';
import {
  batchRequest,
  check,
  lockRequest,
  readObject,
  unlockRequest,
  verifyLocksRequest,
} from '../../../src/protocols/git/lfs/format.ts';
import { checkWants } from '../../../src/store/git/fetch-wants.ts';
import { holdReport } from '../../../src/store/git/held-report.ts';
import { pktLine } from '../../../src/store/git/packets.ts';
import { emptyHead, PushTooLarge, readCommands } from '../../../src/store/git/push-commands.ts';
import type { Choices } from '../choices.ts';
import { type FuzzTarget, mustHold } from '../fuzz.ts';
import { inChunks, mutateBytes, mutateJson, mutateText } from '../mutate.ts';
import { sendable } from '../scene.ts';

const packet = (choices: Choices, text: string) => {
  const line = choices.chance(0.9) ? pktLine(text) : text;
  return choices.chance(0.1) ? mutateText(choices, line) : line;
};

const id = (choices: Choices) => choices.pick([choices.hex(40), '0'.repeat(40), choices.hex(64), choices.hex(39)]);
const end = (choices: Choices) => choices.pick(['0000', '0000', '0000', '0001', '0002', '0003', '0004', 'ffff', '']);

const pushes: FuzzTarget = {
  name: 'git, commands of a push',
  open: () => async (choices) => {
    const ref = () => choices.pick(['refs/heads/main', 'refs/tags/v1', 'HEAD', choices.oddText()]);
    const command = () =>
      packet(
        choices,
        `${id(choices)} ${id(choices)} ${ref()}${choices.pick(['', '\n', '\0 report-status push-options'])}`,
      );
    const head = `${choices.words(4, command)}${end(choices)}${choices.pick(['', packet(choices, 'ci.skip')])}${end(choices)}`;
    const input = choices.try(mutateBytes(choices, Buffer.from(`${head}PACK${choices.oddText()}`)));
    const read = async () => {
      const found = emptyHead();
      const passed = Buffer.concat(await Array.fromAsync(readCommands(inChunks(choices, input), found, true)));
      mustHold(passed.equals(input), 'the bytes are passed on changed');
      return found;
    };
    try {
      const found = await read();
      mustHold(isDeepStrictEqual(await read(), found), 'other chunks of one push are read as other commands');
      reportOf(choices, found);
    } catch (error) {
      if (error instanceof PushTooLarge) return 'refused';
      throw error;
    }
    return 'accepted';
  },
};

/** Whatever git writes: nothing of it is lost or changed. */
function reportOf(choices: Choices, head: Parameters<typeof holdReport>[0]): void {
  const band = (text: string) => packet(choices, `${choices.pick(['\x01', '\x02', ''])}${text}`);
  const output = choices.words(5, () =>
    choices.pick([band('unpack ok\n'), band('ok refs/heads/main\n'), end(choices)]),
  );
  const written = mutateBytes(choices, Buffer.from(output));
  const held = holdReport(head, choices.chance(0.5));
  const middle = choices.below(written.length + 1);
  const sent = [written.subarray(0, middle), written.subarray(middle)].map((chunk) => held.take(chunk));
  mustHold(Buffer.concat([...sent, held.rest()]).equals(written), 'the report is passed on changed');
}

const fetches: FuzzTarget = {
  name: 'git, requests of a fetch',
  open: () => async (choices) => {
    const line = () =>
      packet(
        choices,
        choices.pick([
          'command=fetch',
          'command=ls-refs',
          'command=x',
          'agent=git/2',
          'done',
          'thin-pack',
          `have ${id(choices)}`,
          'deepen 1',
          `shallow ${id(choices)}`,
          'deepen-since 1',
          'deepen 2147483647',
          'filter blob:none',
          'ref-prefix refs/',
          choices.oddText(),
        ]),
      );
    const want = () => packet(choices, `want ${id(choices)}${choices.pick(['', '\n', ' multi_ack side-band-64k\n'])}`);
    const section = () => `${choices.words(4, choices.chance(0.5) ? line : want)}${end(choices)}`;
    const input = choices.try(mutateBytes(choices, Buffer.from(choices.words(4, section))));
    const read = async () => {
      const wants: string[] = [];
      const passed = await Array.fromAsync(
        checkWants(inChunks(choices, input), async ({ ids, parentsOf }) => void wants.push(...ids, ...parentsOf)),
      );
      mustHold(Buffer.concat(passed).equals(input), 'the bytes are passed on changed');
      return new Set(wants);
    };
    const first = await read();
    mustHold(isDeepStrictEqual(await read(), first), 'other chunks of one request are read as other wants');
  },
};

const versions: FuzzTarget = {
  name: 'git, Git-Protocol',
  open: () => (choices) => {
    const part = () => choices.pick(['version=2', 'version=1', 'object-format=sha256', choices.oddText()]);
    const protocol = protocolOf(choices.try(sendable(mutateText(choices, choices.words(3, part, ':')))));
    isVersion2('upload-pack', protocol);
    return protocol === '' ? 'refused' : 'accepted';
  },
};

const BATCH = {
  operation: 'upload',
  transfers: ['basic'],
  ref: { name: 'refs/heads/main' },
  objects: [{ oid: 'ab'.repeat(32), size: 1 }],
};
const LOCK = { path: 'a/b', ref: { name: 'refs/heads/main' }, force: true, cursor: '1', limit: 10 };

const largeFiles: FuzzTarget = {
  name: 'LFS, bodies',
  open: () => (choices) => {
    const batch = check(batchRequest, choices.try(mutateJson(choices, BATCH)));
    for (const object of batch.objects) readObject(object);
    const schema = choices.pick([lockRequest, unlockRequest, verifyLocksRequest]);
    check<unknown>(schema, choices.try(mutateJson(choices, LOCK)));
  },
};

export const GIT: readonly FuzzTarget[] = [pushes, fetches, versions, largeFiles];
