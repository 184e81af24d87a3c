import { formatBytes } from './byte-size.ts';
import { type PosternError, tooSlow } from './errors.ts';

/** How slow a peer may be. */
export interface PaceLimits {
  /** The longest that a peer may be waited for in a row, in milliseconds; and what a burst of bytes earns at most. */
  patienceMs: number;
  /** Bytes per second that the peer moves at least, while it is waited for. 0: there is no minimum. */
  bytesPerSecond: number;
  /** The longest time for all bytes, in milliseconds. */
  deadlineMs: number;
}

/**
 * Watches the pace of a peer that sends or takes bytes. Waiting for the peer spends patience, and each byte restores
 * some of it: the time that the byte takes at the minimum rate. Time in which nothing is expected of the peer counts
 * for the deadline only, so that a slow disk of ours is not the peer's fault.
 */
export class PaceWatch {
  readonly #limits: PaceLimits;
  readonly #onLate: (error: PosternError) => void;
  readonly #started = performance.now();
  #patience: number;
  #waitingSince: number | null = null;
  /** At most one, set again when it was too early: setting one for each chunk costs more. */
  #timer: Timer | null = null;

  /** @param onLate called once, when the peer is too slow; nothing else is called afterwards. */
  constructor(limits: PaceLimits, onLate: (error: PosternError) => void) {
    this.#limits = limits;
    this.#patience = limits.patienceMs;
    this.#onLate = onLate;
  }

  /** The peer is waited for from now on. */
  wait(): void {
    this.#waitingSince = performance.now();
    if (this.#timer === null) this.#check();
  }

  /** The peer has moved so many bytes. */
  moved(bytes: number): void {
    if (this.#waitingSince === null) return;
    const { patienceMs, bytesPerSecond } = this.#limits;
    const earned = bytesPerSecond === 0 ? patienceMs : (1000 * bytes) / bytesPerSecond;
    this.#patience = Math.min(patienceMs, this.#patience - (performance.now() - this.#waitingSince) + earned);
    this.#waitingSince = null;
  }

  /** Nothing more is expected. */
  end(): void {
    this.#waitingSince = null;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #check(): void {
    this.#timer = null;
    // The next wait sets the timer again.
    if (this.#waitingSince === null) return;
    const now = performance.now();
    const patience = this.#patience - (now - this.#waitingSince);
    const time = this.#started + this.#limits.deadlineMs - now;
    if (patience <= 0 || time <= 0) {
      this.#late(time <= 0);
      return;
    }
    this.#timer = setTimeout(() => this.#check(), Math.ceil(Math.min(patience, time)));
    this.#timer.unref();
  }

  #late(isOver: boolean): void {
    this.end();
    const { deadlineMs, patienceMs, bytesPerSecond } = this.#limits;
    const seconds = Math.ceil((isOver ? deadlineMs : patienceMs) / 1000);
    const rate = bytesPerSecond === 0 ? '' : `, or arrived at less than ${formatBytes(bytesPerSecond)} a second`;
    const message = isOver ? `took longer than ${seconds} seconds` : `paused for ${seconds} seconds${rate}`;
    this.#onLate(tooSlow(`The body ${message}`));
  }
}

/**
 * A body whose sender must keep up a pace.
 * @param enter called before the first read. @returns a function that is called when the body has ended. It may throw.
 * @returns the body, to be read once. It throws PosternError `timeout` when the sender is too slow; the body is
 * cancelled then, and when it is not read to its end.
 */
export function pacedBody(
  body: ReadableStream<Uint8Array>,
  limits: PaceLimits,
  enter: () => () => void = () => () => {},
): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => pacedReader(body.getReader() as Reader, limits, enter) };
}

interface Reader {
  read(): Promise<{ done: true } | { done: false; value: Uint8Array }>;
  cancel(): Promise<void>;
}

/** Not a generator: its `return` would wait for the read in progress. */
function pacedReader(
  reader: Reader,
  limits: PaceLimits,
  enter: () => () => void,
): AsyncIterator<Uint8Array, undefined, undefined> {
  let failure: PosternError | undefined;
  let leave: (() => void) | undefined;
  // Ends a read in progress too.
  const cancel = () => void reader.cancel().catch(() => {});
  const watch = new PaceWatch(limits, (error) => {
    failure = error;
    leave?.();
    cancel();
  });
  const finish = () => {
    watch.end();
    leave?.();
    return { done: true as const, value: undefined };
  };
  return {
    async next() {
      if (failure) throw failure;
      leave ??= enter();
      watch.wait();
      const read = await reader.read().catch((error: unknown) => {
        finish();
        throw failure ?? error;
      });
      if (failure) throw failure;
      if (read.done) return finish();
      watch.moved(read.value.byteLength);
      return read;
    },
    async return() {
      cancel();
      return finish();
    },
  };
}
