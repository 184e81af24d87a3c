/** What a look at one thing found. */
export interface Finding {
  /** What was looked at: `database`, `git`. */
  what: string;
  /** A warning leaves the server running, for now or not as well as it could. */
  level: 'ok' | 'warning' | 'failure';
  /** A sentence. */
  message: string;
  /** What to do about it, a sentence. */
  advice?: string;
}

export const fine = (what: string, message: string): Finding => ({ what, level: 'ok', message });
export const warning = (what: string, message: string, advice: string): Finding => ({
  what,
  level: 'warning',
  message,
  advice,
});
export const failure = (what: string, message: string, advice: string): Finding => ({
  what,
  level: 'failure',
  message,
  advice,
});
