// For promises in place of `expect(promise).rejects`, which runs the event loop inside a callback of the event loop:
// events of other descriptors that arrived together are lost, and a stream of a process never ends.

/** The value that a promise is rejected with; undefined: it is fulfilled. */
export const rejectionOf = async (promise: unknown): Promise<unknown> => {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return error;
  }
};

/** A function that throws what a promise is rejected with, for `expect(await thrown(promise)).toThrow('reason')`. */
export const thrown = async (promise: unknown): Promise<() => void> => {
  try {
    await promise;
    return () => {};
  } catch (error) {
    return () => {
      throw error;
    };
  }
};
