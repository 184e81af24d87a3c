/** Less than this waits for nothing but the sync at its end. */
const EVERY_BYTES = 16 * 1024 ** 2;

/**
 * Has the disk write while more bytes come, so that the wait at the end of a large upload is short. One sync runs at a
 * time; the rest is synced when the file is completed.
 */
export function createSyncAhead(file: { datasync(): Promise<void> }) {
  let unsynced = 0;
  let running: Promise<void> | null = null;
  const failures: unknown[] = [];
  return {
    wrote(bytes: number): void {
      unsynced += bytes;
      if (running !== null || unsynced < EVERY_BYTES) return;
      unsynced = 0;
      running = file
        .datasync()
        .catch((error: unknown) => void failures.push(error))
        .finally(() => {
          running = null;
        });
    },
    /**
     * Waits for the one that runs. @throws what went wrong with any: the system reports it once, and the next sync
     * would succeed.
     */
    async end(): Promise<void> {
      await running;
      if (failures.length > 0) throw failures[0];
    },
  };
}
