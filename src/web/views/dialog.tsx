/** @jsxImportSource hono/jsx */
import type { PropsWithChildren } from 'hono/jsx';
import { Button } from './button.tsx';
import { Form } from './form.tsx';

interface DialogProps {
  /** A `Button` with this in `opens` leads here. */
  id: string;
  action: string;
  title: string;
  button: string;
}

/** A small form about one row of a table, out of the way until it is wanted. What cannot be undone is asked with `Confirm`. */
export function Dialog({ id, action, title, button, children }: PropsWithChildren<DialogProps>) {
  return (
    <div class="confirm" id={id} popover="auto" role="dialog" aria-label={title}>
      <Form action={action} bare>
        <div class="stack">
          <h3>{title}</h3>
          {children}
          <div class="row">
            <Button closes={id}>Cancel</Button>
            <Button kind="primary">{button}</Button>
          </div>
        </div>
      </Form>
    </div>
  );
}
