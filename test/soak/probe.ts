export interface Probe extends Disposable {
  /** The waits for an answer since the last call, in milliseconds. */
  waits(): Promise<number[]>;
}

/** Asks a server for its liveness from another thread, one request after the other, until it is disposed. */
export function startProbe(url: string): Probe {
  const worker = new Worker(new URL('./stall-probe.ts', import.meta.url).href);
  worker.postMessage(`${url}/-/liveness`);
  return {
    waits() {
      const { promise, resolve } = Promise.withResolvers<number[]>();
      worker.onmessage = ({ data }: MessageEvent<number[]>) => resolve(data);
      worker.postMessage('');
      return promise;
    },
    [Symbol.dispose]: () => worker.terminate(),
  };
}

/**
 * The wait that this part of requests does not exceed, if they arrive evenly. The probe sends none while it waits, so
 * that a wait of 1 s counts for 1 s of requests, and not for one request.
 * @param part 0.99 for the 99th percentile.
 */
export function percentile(waits: readonly number[], part: number): number {
  const sorted = waits.toSorted((a, b) => a - b);
  // Of requests that arrive during a wait of w, those that wait longer than x are the first w - x of it.
  const longerThan = (x: number) => sorted.reduce((sum, wait) => sum + Math.max(0, wait - x), 0);
  const allowed = (1 - part) * longerThan(0);
  let low = 0;
  let high = sorted.at(-1) ?? 0;
  while (high - low > 0.1) {
    const middle = (low + high) / 2;
    if (longerThan(middle) > allowed) low = middle;
    else high = middle;
  }
  return high;
}
