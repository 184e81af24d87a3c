import { DAY } from '../../lib/clock.ts';
import { sha256Hex } from '../../lib/digest.ts';
import { inTransaction } from '../../store/db/database.ts';
import * as table from '../../store/tables/idempotency-keys.ts';
import type { Deps } from '../deps.ts';

/** A browser that was left with the answer to a form, and is reloaded, sends it again within this time. */
const KEPT_MS = DAY;

export type IdempotencyKeys = ReturnType<typeof createIdempotencyKeys>;

/** Which forms were sent already: a reload of the answer to a form sends it again, and a second click too. */
export function createIdempotencyKeys({ db, clock }: Pick<Deps, 'db' | 'clock'>) {
  return {
    /**
     * Does what a form asks for, unless that was done already or is being done. A failed submission can be repeated.
     * @param form the user, and the idempotency key that the form got when it was shown.
     * @param make performs the request.
     * @param idOf ID of the created object, returned when the form is submitted again.
     * @returns what was made; or the id of what this form made before, null when that is not known.
     * @throws whatever `make` throws.
     */
    async once<T>(
      form: { userId: number; number: string },
      make: () => Promise<T>,
      idOf: (made: T) => number,
    ): Promise<{ made: T } | { madeBefore: number | null }> {
      const key = sha256Hex(`${form.userId} ${form.number}`);
      const isNew = await inTransaction(db, async (trx) => {
        await table.deleteIdempotencyKeysBefore(trx, clock() - KEPT_MS);
        return table.insertIdempotencyKey(trx, key, clock());
      });
      if (!isNew) return { madeBefore: await table.findMadeBy(db, key) };
      let made: T;
      try {
        made = await make();
      } catch (error) {
        await table.deleteIdempotencyKey(db, key);
        throw error;
      }
      await table.updateIdempotencyKey(db, key, idOf(made));
      return { made };
    },
  };
}
