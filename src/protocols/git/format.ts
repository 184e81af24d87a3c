import type { GitService } from '../../domain/repositories/repositories.ts';

/** One pkt-line: four hex digits of length, which includes them, then the payload (gitprotocol-common). */
export function pktLine(text: string): string {
  return (Buffer.byteLength(text) + 4).toString(16).padStart(4, '0') + text;
}

export const FLUSH = '0000';

/** The header before the refs in protocol versions 0 and 1 (gitprotocol-http, "Smart Clients"). */
export const serviceHeader = (service: GitService) => `${pktLine(`# service=git-${service}\n`)}${FLUSH}`;

/** The value of the `Git-Protocol` header for git's environment. A malformed header counts as not sent. */
export function protocolOf(header: string | null): string {
  return header !== null && /^[a-z0-9=:.-]{1,256}$/.test(header) ? header : '';
}

/** Whether the request is in version 2, which exists for fetches only: a push uses version 0. */
export function isVersion2(service: GitService, protocol: string): boolean {
  return service === 'upload-pack' && protocol.split(':').includes('version=2');
}

export const NO_CACHE = {
  'Cache-Control': 'no-cache, max-age=0, must-revalidate',
  Pragma: 'no-cache',
  Expires: 'Fri, 01 Jan 1980 00:00:00 GMT',
} as const;

/** The service named by a query parameter such as `git-upload-pack`. */
export function serviceOf(name: string | null): GitService | undefined {
  if (name === 'git-upload-pack') return 'upload-pack';
  return name === 'git-receive-pack' ? 'receive-pack' : undefined;
}

/** A stream with a text before it. */
export function prefixed(head: string, rest: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const reader = rest.getReader();
  let begun = false;
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
    if (!begun) {
      begun = true;
      controller.enqueue(new TextEncoder().encode(head));
      return;
    }
    const { done, value } = await reader.read();
    if (done) controller.close();
    else controller.enqueue(value);
  };
  return new ReadableStream({ pull, cancel: (reason) => reader.cancel(reason) }, { highWaterMark: 0 });
}
