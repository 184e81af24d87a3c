/**
 * So often it is looked whether a form still goes on; a busy server may look twice before it comes to what has arrived.
 */
const LOOK_MS = 500;
const LOOKS = 3;

/**
 * Notices that the parser of a form has come to a stand: of a body that is no form, such as one with a part behind its
 * end, it may wait for ever, while we wait for it. What waits for the client, or for whoever takes a file, is not that.
 */
export function watchForm() {
  const stands = Promise.withResolvers<never>();
  // Nobody need wait for it.
  stands.promise.catch(() => {});
  let waitsForClient = false;
  let moved = true;
  let still = 0;
  const files = new Set<{ waits: boolean }>();
  const looks = setInterval(() => {
    still = moved || waitsForClient || [...files].some(({ waits }) => !waits) ? 0 : still + 1;
    moved = false;
    if (still === LOOKS) stands.reject(new Error('the parser has come to a stand'));
  }, LOOK_MS);

  return {
    /** Rejects when it has. */
    stands: stands.promise,

    /** What comes from the client, on its way to the parser. */
    async *body(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      waitsForClient = true;
      for await (const chunk of chunks) {
        [waitsForClient, moved] = [false, true];
        yield chunk;
        waitsForClient = true;
      }
      waitsForClient = false;
    },

    /** The bytes of a file, on their way from the parser. */
    file(bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
      const file = { waits: false };
      files.add(file);
      return (async function* () {
        try {
          file.waits = true;
          for await (const chunk of bytes) {
            [file.waits, moved] = [false, true];
            yield chunk;
            file.waits = true;
          }
        } finally {
          files.delete(file);
        }
      })();
    },

    [Symbol.dispose]: () => clearInterval(looks),
  };
}
