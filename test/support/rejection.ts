// Used in place of `expect(promise).rejects`, which runs the event loop inside one of its own callbacks: events of
// other descriptors that arrived together are lost, and the output of a process never ends.

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
  const error = await rejectionOf(promise);
  return () => {
    if (error !== undefined) throw error;
  };
};
