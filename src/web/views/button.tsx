/** @jsxImportSource hono/jsx */
import type { PropsWithChildren } from 'hono/jsx';

type Kind = 'plain' | 'primary' | 'danger' | 'quiet-danger' | 'link';

interface ButtonProps {
  kind?: Kind;
  small?: boolean;
  /** Opens the `Confirm` of this id. */
  opens?: string;
  /** Closes the one it stands in. */
  closes?: string;
  /** Says more than the text does, where the text alone would be the same on every row. */
  label?: string;
}

const classOf = (kind: Kind, small: boolean) =>
  ['button', kind === 'plain' ? '' : `button-${kind}`, small ? 'button-small' : ''].filter(Boolean).join(' ');

/** Sends the form that it stands in, unless it opens or closes something. */
export function Button({
  kind = 'plain',
  small = false,
  opens,
  closes,
  label,
  children,
}: PropsWithChildren<ButtonProps>) {
  const target = opens ?? closes;
  return (
    <button
      class={classOf(kind, small)}
      type={target === undefined ? 'submit' : 'button'}
      popovertarget={target}
      popovertargetaction={closes === undefined ? undefined : 'hide'}
      aria-label={label}
    >
      {children}
    </button>
  );
}

/** A link that looks like a button: for going somewhere, never for changing something. */
export function LinkButton({ href, kind = 'plain', children }: PropsWithChildren<{ href: string; kind?: Kind }>) {
  return (
    <a class={classOf(kind, false)} href={href}>
      {children}
    </a>
  );
}
