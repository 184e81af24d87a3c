import { connect, createServer, type Socket } from 'node:net';
import { freePort } from './postgres.ts';

/** Faults of a request on its way to a server, or of the response on its way back. */
export type Fault =
  /** It is answered by someone in between; the server does not hear of it. */
  | { kind: 'answer'; status: number }
  /** Nobody answers, and the server does not hear of it. */
  | { kind: 'silence' }
  /** The connection is cut when the server has so many bytes of its body. */
  | { kind: 'cut request'; after: number }
  /**
   * The server has done it; the connection is cut when the client has so many bytes of the answer, its head included.
   */
  | { kind: 'cut answer'; after: number }
  /** A pause before every piece of the response. */
  | { kind: 'slow'; pauseMs: number };

export interface Passing {
  method: string;
  path: string;
}

const ERROR = '<?xml version="1.0"?><Error><Code>InjectedFault</Code><Message>on purpose</Message></Error>';

/**
 * Stands between a client and an HTTP server and does harm on purpose. Every connection carries one request: then what
 * is cut is that one and no other. The head goes on as it came, for its signature to stay good.
 * @param plan the fault for this request; null for none.
 */
export async function faultProxy(target: string, plan: (request: Passing) => Fault | null) {
  const { hostname, port: targetPort } = new URL(target);
  const sockets = new Set<Socket>();
  const keep = (socket: Socket, other?: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      // After an answer that came whole, its last bytes may still be on their way through us.
      if (!socket.readableEnded) other?.destroy();
    });
  };

  const server = createServer((near) => {
    keep(near);
    let head = Buffer.alloc(0);
    near.on('data', function collect(chunk: Buffer) {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      near.off('data', collect);
      near.pause();
      begin(near, head.subarray(0, end).toString('latin1'), head.subarray(end));
    });
  });

  const begin = (near: Socket, head: string, rest: Buffer) => {
    const [method = '', path = ''] = head.split(' ', 2);
    const fault = plan({ method, path });
    if (fault?.kind === 'silence') return near.resume();
    if (fault?.kind === 'answer') {
      near.resume();
      const lines = [`HTTP/1.1 ${fault.status} Injected`, `Content-Length: ${ERROR.length}`, 'Connection: close'];
      return near.end(`${lines.join('\r\n')}\r\n\r\n${method === 'HEAD' ? '' : ERROR}`);
    }
    const far = connect(Number(targetPort), hostname);
    keep(far, near);
    near.once('close', () => far.destroy());
    far.write(`${head.replace(/\r\nconnection:[^\r]*/i, '')}\r\nConnection: close`, 'latin1');
    if (fault?.kind === 'cut request') cutAfter(near, far, fault.after, rest);
    else {
      far.write(rest);
      near.pipe(far);
    }
    if (fault?.kind === 'cut answer') cutAfter(far, near, fault.after);
    else if (fault?.kind === 'slow') slowly(far, near, fault.pauseMs);
    else far.pipe(near);
  };

  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.dispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function cutAfter(from: Socket, to: Socket, bytes: number, first: Buffer = Buffer.alloc(0)): void {
  let left = bytes;
  const pass = (chunk: Buffer) => {
    to.write(chunk.subarray(0, left), () => {
      if (left > 0) return;
      from.destroy();
      to.destroy();
    });
    left = Math.max(0, left - chunk.byteLength);
  };
  if (first.byteLength > 0) pass(first);
  from.on('data', pass);
  // It was paused while its head was read, and listening does not change that.
  from.resume();
  // Shorter than that: it is cut at its end.
  from.on('end', () => to.destroy());
}

function slowly(from: Socket, to: Socket, pauseMs: number): void {
  let before = Promise.resolve();
  const after = (work: () => void) => {
    before = before.then(() => Bun.sleep(pauseMs)).then(work);
  };
  from.on('data', (chunk: Buffer) => after(() => to.write(chunk)));
  from.on('end', () => after(() => to.end()));
}
