/** @jsxImportSource hono/jsx */
import type { PropsWithChildren } from 'hono/jsx';

/** Where there is nothing yet: what could be here, and how it gets here. */
export function EmptyState({ title, children }: PropsWithChildren<{ title: string }>) {
  return (
    <div class="empty">
      <p>
        <strong>{title}</strong>
      </p>
      {children}
    </div>
  );
}
