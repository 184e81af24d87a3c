import { connect } from 'node:net';

export interface RawReply {
  /** Everything the server sent until it closed the connection or fell silent. */
  text: string;
  /** The status of the first answer; 0: the connection was closed without one. */
  status: number;
  /** How many answers there were. */
  answers: number;
  /** The server closed the connection. */
  closed: boolean;
  /** How many of the parts were sent before that. */
  sent: number;
}

/**
 * Sends bytes as they are to a port of 127.0.0.1: what no HTTP client lets through, such as `..` in a path, a line
 * break in a header, or two lengths of one body.
 * @param parts sent one after the other; a number is a pause in milliseconds.
 */
export function rawRequest(
  port: number,
  parts: readonly (string | Uint8Array | number)[],
  { silenceMs = 500, timeoutMs = 10_000 } = {},
): Promise<RawReply> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, '127.0.0.1');
    let closed = false;
    let sent = 0;
    let silence: Timer | undefined;
    const done = () => {
      clearTimeout(silence);
      clearTimeout(limit);
      socket.destroy();
      const text = Buffer.concat(chunks).toString('latin1');
      const heads = text.match(/HTTP\/1\.[01] \d{3}/g) ?? [];
      resolve({ text, closed, sent, answers: heads.length, status: Number(heads[0]?.slice(-3) ?? 0) });
    };
    const limit = setTimeout(done, timeoutMs);
    socket.on('data', (chunk) => {
      chunks.push(Buffer.from(chunk));
      clearTimeout(silence);
      silence = setTimeout(done, silenceMs);
    });
    socket.on('close', () => {
      closed = true;
      done();
    });
    // A reset is an answer too: the server wants no more.
    socket.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNREFUSED' ? reject(error) : undefined));
    socket.on('connect', async () => {
      for (const part of parts) {
        if (socket.destroyed) return;
        if (typeof part === 'number') await Bun.sleep(part);
        else socket.write(typeof part === 'string' ? Buffer.from(part) : part);
        sent++;
      }
    });
  });
}

/** A request for `target` as it is written, with these header lines. */
export const rawGet = (target: string, ...headers: string[]) =>
  [`GET ${target} HTTP/1.1`, 'Host: 127.0.0.1', 'Connection: close', ...headers, '', ''].join('\r\n');
