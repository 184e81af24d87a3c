/** What was taken of an iterator already, and then the rest of it. Whoever breaks off ends the iterator too. */
export async function* resumeIterator<T>(first: readonly T[], rest: AsyncIterator<T>): AsyncGenerator<T> {
  let over = false;
  try {
    yield* first;
    for (;;) {
      const next = await rest.next();
      over = next.done === true;
      if (next.done) return;
      yield next.value;
    }
  } finally {
    if (!over) await rest.return?.();
  }
}
