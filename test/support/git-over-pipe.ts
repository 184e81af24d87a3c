import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { AuditAuthor } from '../../src/domain/audit/author.ts';
import type { GitAnswer } from '../../src/domain/repositories/repositories.ts';
import type { TestApp } from './app.ts';

/** The result of the duplex conversation of one `git`. */
export interface PipeRun {
  command: string;
  protocol: string;
}

/**
 * Serves repositories to a real git in one duplex conversation each, as an SSH server does: git runs `ssh-helper.ts` in
 * place of ssh.
 * @param by the author of every push.
 */
export async function serveOverPipe(app: TestApp, by: AuditAuthor) {
  const path = app.path(`pipe-${crypto.randomUUID().slice(0, 8)}`);
  const runs: PipeRun[] = [];
  const server = createServer((socket) => void answer(app, by, socket, runs));
  await new Promise<void>((listening) => server.listen(path, listening));
  return {
    runs,
    env: {
      GIT_SSH_COMMAND: `${process.execPath} ${join(import.meta.dir, 'ssh-helper.ts')}`,
      GIT_SSH_VARIANT: 'ssh',
      POSTERN_TEST_SOCKET: path,
    },
    url: (project: { full_path: string }) => `ssh://git@postern.test/${project.full_path}.git`,
    [Symbol.dispose]: () => void server.close(),
  };
}

async function answer(app: TestApp, by: AuditAuthor, socket: Socket, runs: PipeRun[]): Promise<void> {
  const gone = new AbortController();
  socket.on('error', () => gone.abort());
  socket.on('close', () => gone.abort());
  const reader = createReader(socket);
  const run = JSON.parse(await reader.line()) as PipeRun;
  runs.push(run);
  const frame = (descriptor: number, payload: Uint8Array) => {
    const head = Buffer.alloc(5);
    head.writeUInt8(descriptor, 0);
    head.writeUInt32BE(payload.length, 1);
    const flushed = socket.write(Buffer.concat([head, payload]));
    return flushed ? undefined : new Promise<void>((drained) => socket.once('drain', () => drained()));
  };
  const [, service = '', fullPath = ''] = /^git[- ](\S+) '\/(.+)\.git'$/.exec(run.command) ?? [];
  const facts = await app.services.access.project(fullPath, null);
  if (!('project' in facts)) throw new Error(`no project in ${run.command}`);
  const request = {
    mode: 'duplex',
    protocol: run.protocol,
    signal: gone.signal,
    input: reader.frames(),
    stderr: (text: string) => void frame(2, Buffer.from(text)),
  } as const;
  const { repositories } = app.services;
  const begin = (): Promise<GitAnswer> =>
    service === 'receive-pack'
      ? repositories.push(facts.project, { author: by, confirm: async () => {}, refusalOf: () => null }, request)
      : repositories.serve(facts.project, { ...request, service: 'upload-pack' });
  try {
    const { output, exitCode } = await begin();
    for await (const chunk of output) await frame(1, chunk);
    await frame(3, new Uint8Array([await exitCode]));
  } catch {
    await frame(3, new Uint8Array([1]));
  }
  socket.end();
}

/** Reads a line, then frames until an empty one. */
function createReader(socket: Socket) {
  const chunks = (socket as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  let rest = Buffer.alloc(0);
  const more = async (): Promise<boolean> => {
    const { done, value } = await chunks.next();
    if (!done) rest = Buffer.concat([rest, value]);
    return !done;
  };
  const take = (size: number) => {
    const taken = rest.subarray(0, size);
    rest = rest.subarray(size);
    return taken;
  };
  return {
    async line(): Promise<string> {
      while (!rest.includes('\n') && (await more()));
      return take(rest.indexOf('\n') + 1).toString();
    },
    async *frames(): AsyncIterable<Uint8Array> {
      for (;;) {
        while (rest.length < 5 && (await more()));
        if (rest.length < 5) return;
        const size = take(5).readUInt32BE(1);
        if (size === 0) return;
        while (rest.length < size && (await more()));
        yield take(size);
      }
    },
  };
}
