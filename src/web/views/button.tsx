/** @jsxImportSource hono/jsx */
import type { PropsWithChildren } from 'hono/jsx';

type Kind = 'plain' | 'primary' | 'danger' | 'quiet-danger' | 'link';

interface ButtonProps {
  kind?: Kind;
  small?: boolean;
  /** Opens the `Dialog` or `Confirm` of this id. */
  opens?: string;
  /** Closes the dialog that contains it. */
  closes?: string;
  /** Submits the form to this address instead of its own. */
  action?: string;
  /** Says more than the text does, where the text alone would be the same on every row. */
  label?: string;
}

const classOf = (kind: Kind, small: boolean) =>
  `button${kind === 'plain' ? '' : ` button-${kind}`}${small ? ' button-small' : ''}`;

/** Submits its form, unless it opens or closes something. */
export function Button({
  kind = 'plain',
  small = false,
  opens,
  closes,
  action,
  label,
  children,
}: PropsWithChildren<ButtonProps>) {
  const target = opens ?? closes;
  return (
    <button
      class={classOf(kind, small)}
      type={target === undefined ? 'submit' : 'button'}
      formaction={action}
      popovertarget={target}
      popovertargetaction={closes === undefined ? undefined : 'hide'}
      aria-label={label}
    >
      {children}
    </button>
  );
}

interface LinkButtonProps {
  href: string;
  kind?: Kind;
}

/** A link that looks like a button: for going somewhere, never for changing something. */
export function LinkButton({ href, kind = 'plain', children }: PropsWithChildren<LinkButtonProps>) {
  return (
    <a class={classOf(kind, false)} href={href}>
      {children}
    </a>
  );
}

interface ConfirmLinkProps extends LinkButtonProps {
  /** Says more than the text does, which is the same on every row. */
  label: string;
}

/** Leads to a page that is a `ConfirmPage`; with a script, that comes as a dialog over this page. */
export function ConfirmLink({ href, kind = 'plain', label, children }: PropsWithChildren<ConfirmLinkProps>) {
  return (
    <a class={classOf(kind, true)} href={href} aria-label={label} data-asks="">
      {children}
    </a>
  );
}
