import { PosternError } from './errors.ts';

/** The length of a body differs from the expected one. */
export class WrongLength extends PosternError {
  constructor(bytes: number, what: string) {
    super('unprocessable', `expected ${bytes} bytes, got ${what}`);
  }
}

/**
 * A body that must have an exact length. Excess bytes are neither returned nor read further.
 * @throws WrongLength at the end, or at the first excess byte.
 */
export async function* expectLength(body: AsyncIterable<Uint8Array>, bytes: number): AsyncGenerator<Uint8Array> {
  let come = 0;
  for await (const chunk of body) {
    come += chunk.byteLength;
    if (come > bytes) throw new WrongLength(bytes, 'more');
    yield chunk;
  }
  if (come < bytes) throw new WrongLength(bytes, String(come));
}
