/** The items already taken from an iterator, and then the rest. A reader that stops early ends the iterator too. */
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
