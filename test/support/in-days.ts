import { DAY } from '../../src/lib/clock.ts';

/** The day, by the clock of the machine, as forms and the API take it: `2026-02-14`. */
export const inDays = (days: number): string => new Date(Date.now() + days * DAY).toISOString().slice(0, 10);
