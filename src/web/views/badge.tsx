/** @jsxImportSource hono/jsx */
import type { PropsWithChildren } from 'hono/jsx';

/** One word about something. */
export function Badge({
  kind = 'plain',
  children,
}: PropsWithChildren<{ kind?: 'plain' | 'good' | 'warn' | 'bad' | 'code' }>) {
  return <span class={kind === 'plain' ? 'badge' : `badge badge-${kind}`}>{children}</span>;
}
