/** @jsxImportSource hono/jsx */
import type { PropsWithChildren } from 'hono/jsx';

/** What has just happened, or what to beware of. Screen readers say it politely. */
export function Notice({ kind = 'plain', children }: PropsWithChildren<{ kind?: 'plain' | 'good' | 'warn' | 'bad' }>) {
  return (
    <div class={kind === 'plain' ? 'notice' : `notice notice-${kind}`} role="status">
      {children}
    </div>
  );
}
