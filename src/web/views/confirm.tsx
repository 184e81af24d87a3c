/** @jsxImportSource hono/jsx */
import type { PropsWithChildren } from 'hono/jsx';
import { Button } from './button.tsx';
import { Form } from './form.tsx';

interface ConfirmProps {
  /** A `Button` with this in `opens` leads here. */
  id: string;
  action: string;
  title: string;
  /** What the button does, by name: `Revoke ci-bot`. */
  button: string;
}

/** Asks before something is done that cannot be undone; `children` says what stops working. The browser opens it, not a script. */
export function Confirm({ id, action, title, button, children }: PropsWithChildren<ConfirmProps>) {
  return (
    <div class="confirm" id={id} popover="auto" role="dialog" aria-label={title}>
      <Form action={action} bare>
        <div class="stack">
          <h3>{title}</h3>
          {children}
          <div class="row">
            <Button closes={id}>Keep it</Button>
            <Button kind="danger">{button}</Button>
          </div>
        </div>
      </Form>
    </div>
  );
}
