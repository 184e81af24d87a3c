import { counted } from './counted.ts';

/** How long to wait, as people count: `20 seconds`, `10 minutes`. */
export function waitText(seconds: number): string {
  const [count, unit] = seconds < 120 ? [seconds, 'second'] : [Math.ceil(seconds / 60), 'minute'];
  return counted(count, unit);
}

/** The message after too many attempts, with the waiting time in a readable unit. */
export const tooOften = ({ message, retryAfterSeconds }: { message: string; retryAfterSeconds: number }): string =>
  message.replace(/\d+ seconds?/, waitText(retryAfterSeconds));
