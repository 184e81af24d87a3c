/** The result of one check. */
export interface Check {
  /** The checked component: `database`, `git`. */
  what: string;
  /** A warning leaves the server running, for now or not as well as it could. */
  level: 'ok' | 'warning' | 'failure';
  /** A sentence. */
  message: string;
  /** The remedy, as a sentence. */
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
