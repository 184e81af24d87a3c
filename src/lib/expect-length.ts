import { PosternError } from './errors.ts';

/** A body has another length than it should have. */
export class WrongLength extends PosternError {
  constructor(bytes: number, what: string) {
    super('unprocessable', `expected ${bytes} bytes, got ${what}`);
  }
}

/**
 * A body that has to be of one length. What is too much of it is not passed on, nor read further.
 * @throws WrongLength at its end, or where it becomes too long.
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
