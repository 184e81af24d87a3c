/** How long to wait, as people count: `20 seconds`, `10 minutes`. */
export function waitText(seconds: number): string {
  const [count, unit] = seconds < 120 ? [seconds, 'second'] : [Math.ceil(seconds / 60), 'minute'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

/** What is said of tries that are too many: its sentence says after how many seconds, which can be many. */
export const tooOften = ({ message, retryAfterSeconds }: { message: string; retryAfterSeconds: number }): string =>
  message.replace(/\d+ seconds?/, waitText(retryAfterSeconds));
