/** @jsxImportSource hono/jsx */
import type { PropsWithChildren } from 'hono/jsx';

interface SectionProps {
  /** The fragment of its address. A link to it opens the section, in most browsers even without a script. */
  id: string;
  title: string;
  about: string;
  open?: boolean;
}

/** A part of a settings page that is folded until it is wanted. */
export function Section({ id, title, about, open = false, children }: PropsWithChildren<SectionProps>) {
  return (
    <details class="section" open={open}>
      <summary>
        <h2>{title}</h2>
        <p>{about}</p>
        <span class="button button-small expand" aria-hidden="true">
          <span class="when-closed">Expand</span>
          <span class="when-open">Collapse</span>
        </span>
      </summary>
      <div class="section-body" id={id}>
        {children}
      </div>
    </details>
  );
}

/** Something that few want to see, under a line that says what it is. */
export function Fold({ title, open = false, children }: PropsWithChildren<{ title: string; open?: boolean }>) {
  return (
    <details class="fold" open={open}>
      <summary>{title}</summary>
      {children}
    </details>
  );
}
