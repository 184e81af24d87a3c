import { createHash } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { StartError } from '../../lib/start-error.ts';
import { parseCommand, type RefCommand } from './push-commands.ts';

/**
 * The hooks of receive-pack. Both talk to the server over descriptor 3, which git hands down to them.
 *
 * `pre-receive` runs when all objects have arrived and are checked, while they are still in quarantine, before any ref
 * moves. It gives the server the folder of the quarantine, and refuses the push unless the server says `ok`, also when
 * the server is gone. Either verdict may have a sentence for the pusher.
 * `post-receive` reports the refs that git has changed. The last line shows that the report is complete.
 */
const HOOKS = {
  'pre-receive': `#!/bin/sh
echo "ask $GIT_QUARANTINE_PATH" >&3 || exit 1
read -r verdict message <&3 || exit 1
[ -n "$message" ] && printf '%s\\n' "$message" >&2
[ "$verdict" = ok ]
`,
  'post-receive': `#!/bin/sh
cat >&3 && echo done >&3
`,
} as const;

/** Servers of two releases may use the same folder: each has the hooks that it can answer. */
const VERSION = createHash('sha256').update(JSON.stringify(HOOKS)).digest('hex').slice(0, 12);

export interface PushHooks {
  /** The value of `core.hooksPath`. */
  folder: string;
  /** Writes the hooks again if they are not there. @throws when they cannot be run: git would go on without them. */
  ready(): Promise<void>;
}

/** Writes the hooks. @throws StartError when the file system does not run programs. */
export function installPushHooks(root: string): PushHooks {
  const folder = join(root, 'hooks', VERSION);
  write(folder);
  const hooks = Object.keys(HOOKS).map((name) => join(folder, name));
  try {
    for (const hook of hooks) accessSync(hook, constants.X_OK);
  } catch {
    throw new StartError(`POSTERN_DATA: git cannot run the programs in ${folder}. Is it mounted with "noexec"?`);
  }
  const runnable = () => Promise.all(hooks.map((hook) => access(hook, constants.X_OK)));
  const ready = async () => {
    try {
      await runnable();
    } catch {
      write(folder);
      await runnable();
    }
  };
  return { folder, ready };
}

function write(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, script] of Object.entries(HOOKS)) {
    const path = join(folder, name);
    // A server also starts on a full or read-only disk.
    if (isThere(path, script)) continue;
    const fresh = `${path}.${crypto.randomUUID()}`;
    // Without a sync, which would block the event loop: a start compares the contents.
    writeFileSync(fresh, script, { mode: 0o755 });
    renameSync(fresh, path);
  }
}

function isThere(path: string, script: string): boolean {
  try {
    return readFileSync(path, 'utf8') === script && (statSync(path).mode & 0o111) !== 0;
  } catch {
    return false;
  }
}

/** Whether the refs of a push may move. */
export interface Verdict {
  admitted: boolean;
  /** A sentence that git shows to the pusher; null for none. */
  message: string | null;
}

/** The report of `post-receive`. */
export interface HookReport {
  /** The commands that git carried out. */
  commands: RefCommand[];
  /** False when the hook was ended before it had reported all of them, and also when it was not started. */
  complete: boolean;
}

/** A report has a line for each command. */
const MAX_LINE = 65_536;

/**
 * Answers the hooks of one push until git and its hooks have ended.
 * @param descriptor the server's end of the channel. It is closed at the end.
 * @param admit decides whether the refs may move. It is given the folder of the quarantine, which is empty for a push
 * without objects.
 */
export async function answerHooks(
  descriptor: number,
  admit: (quarantine: string) => Promise<Verdict>,
): Promise<HookReport> {
  const report: HookReport = { commands: [], complete: false };
  const channel = Bun.file(descriptor);
  const writer = channel.writer();
  const answer = async (line: string) => {
    try {
      writer.write(line);
      await writer.flush();
    } catch {
      // The hook is gone, and git with it.
    }
  };
  try {
    for await (const line of lines(channel.stream())) {
      if (line.startsWith('ask ')) {
        const { admitted, message } = await admit(line.slice('ask '.length));
        await answer(`${admitted ? 'ok' : 'no'} ${oneLine(message ?? '')}\n`);
      } else if (line === 'done') report.complete = true;
      else {
        const command = parseCommand(line);
        if (command) report.commands.push(command);
      }
    }
  } finally {
    closeSync(descriptor);
  }
  return report;
}

const oneLine = (text: string) => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, 1000);

async function* lines(stream: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    if (rest.length > MAX_LINE) return;
    yield* parts;
  }
}
