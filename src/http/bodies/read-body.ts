import { tooLarge, tooSlow } from '../../lib/errors.ts';
import { bodyDigests, compared } from './announced-digests.ts';

/** Bodies that are read whole are small: a slower client is broken or malicious. */
const DEADLINE_MS = 30_000;

/**
 * The whole body of a request, for what is small.
 * @throws PosternError `too_large` past `maxBytes`, `timeout` after the deadline; the rest is not read. `invalid` when
 * its digest differs from the one that the client announces.
 */
export async function readBody(request: Request, maxBytes: number, deadlineMs = DEADLINE_MS): Promise<Buffer> {
  const bytes = await readBytes(request, maxBytes, deadlineMs);
  const digests = bodyDigests(request);
  if (digests.length > 0) await Array.fromAsync(compared(new Blob([new Uint8Array(bytes)]).stream(), digests));
  return bytes;
}

async function readBytes(request: Request, maxBytes: number, deadlineMs: number): Promise<Buffer> {
  if (!request.body) return Buffer.alloc(0);
  const reader = request.body.getReader();
  const late = Promise.withResolvers<never>();
  const why = `The body did not arrive within ${Math.ceil(deadlineMs / 1000)} seconds`;
  const timer = setTimeout(() => late.reject(tooSlow(why)), deadlineMs);
  try {
    const chunks: Uint8Array[] = [];
    for (let size = 0; ; ) {
      const { done, value } = await Promise.race([reader.read(), late.promise]);
      if (done) return Buffer.concat(chunks);
      size += value.byteLength;
      if (size > maxBytes) throw tooLarge(`The body is larger than ${maxBytes} bytes`);
      chunks.push(value);
    }
  } catch (error) {
    reader.cancel().catch(() => {});
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
