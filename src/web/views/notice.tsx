/** @jsxImportSource hono/jsx */
import type { PropsWithChildren } from 'hono/jsx';

interface NoticeProps {
  kind?: 'plain' | 'good' | 'warn' | 'bad';
  /** The page comes up where this is. */
  focused?: boolean;
}

/** A notice of a completed action, or a warning. Screen readers say it politely. */
export function Notice({ kind = 'plain', focused = false, children }: PropsWithChildren<NoticeProps>) {
  const focus = focused ? { tabindex: -1, autofocus: true } : {};
  return (
    <div class={kind === 'plain' ? 'notice' : `notice notice-${kind}`} role="status" {...focus}>
      {children}
    </div>
  );
}
