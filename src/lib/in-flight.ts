/**
 * Runs work on several items concurrently, and takes the next item only when one is done. After a failure no further
 * work starts; running work ends before this rejects with the first failure.
 * @param most how many run at once.
 */
export async function inFlight<T>(
  items: Iterable<T> | AsyncIterable<T>,
  most: number,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const under = new Set<Promise<void>>();
  let failure: { error: unknown } | undefined;
  let index = 0;
  try {
    for await (const item of items) {
      const one = work(item, index++)
        .catch((error: unknown) => {
          failure ??= { error };
        })
        .finally(() => under.delete(one));
      under.add(one);
      if (under.size >= most) await Promise.race(under);
      if (failure) break;
    }
  } catch (error) {
    failure ??= { error };
  }
  await Promise.all(under);
  if (failure) throw failure.error;
}
