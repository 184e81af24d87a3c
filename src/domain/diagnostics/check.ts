/** What a look at one thing found. */
export interface Check {
  /** What was looked at: `database`, `git`. */
  what: string;
  /** A warning leaves the server running, for now or not as well as it could. */
  level: 'ok' | 'warning' | 'failure';
  /** A sentence. */
  message: string;
  /** What to do about it, a sentence. */
  advice?: string;
}

export const ok = (what: string, message: string): Check => ({ what, level: 'ok', message });
export const warning = (what: string, message: string, advice: string): Check => ({
  what,
  level: 'warning',
  message,
  advice,
});
export const fail = (what: string, message: string, advice: string): Check => ({
  what,
  level: 'failure',
  message,
  advice,
});
