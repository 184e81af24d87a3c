/** @jsxImportSource hono/jsx */
import type { Child, PropsWithChildren } from 'hono/jsx';
import { Button, LinkButton } from './button.tsx';
import { Form } from './form.tsx';

interface Asked {
  action: string;
  title: string;
  /** The label of the button: `Revoke ci-bot`. */
  button: string;
  /** The id of its form, for fields that stand elsewhere on the page. */
  form?: string;
}

type DialogProps = Asked & {
  /** A `Button` with this in `opens` leads here. */
  id: string;
};

/**
 * A small form out of the way until it is wanted. The browser opens it, not a script. For the one of its kind on a
 * page: see `ConfirmPage`.
 */
export function Dialog({ id, children, ...asked }: PropsWithChildren<DialogProps>) {
  const cancel = <Button closes={id}>Cancel</Button>;
  return (
    <Popover id={id} title={asked.title}>
      <Question {...asked} heading={<h3>{asked.title}</h3>} cancel={cancel}>
        {children}
      </Question>
    </Popover>
  );
}

/** Asks before something is done that cannot be undone; `children` says what stops working. */
export function Confirm({ id, children, ...asked }: PropsWithChildren<DialogProps>) {
  const cancel = <Button closes={id}>Cancel</Button>;
  return (
    <Popover id={id} title={asked.title}>
      <Question {...asked} heading={<h3>{asked.title}</h3>} cancel={cancel} danger>
        {children}
      </Question>
    </Popover>
  );
}

type ConfirmPageProps = Asked & {
  danger?: boolean;
  /** See `Form`. */
  once?: boolean;
  /** Where one goes who does not want it. */
  back: string;
};

/**
 * The same as a page of its own, for what each row of a list has: a form for each would be most of the list's page. The
 * row has a `ConfirmLink` to it, which the script makes a dialog over the list.
 */
export function ConfirmPage({ back, danger = false, children, ...asked }: PropsWithChildren<ConfirmPageProps>) {
  const cancel = <LinkButton href={back}>Cancel</LinkButton>;
  return (
    <section class="card asked" id="asked" aria-labelledby="asked-title">
      <Question {...asked} heading={<h2 id="asked-title">{asked.title}</h2>} cancel={cancel} danger={danger}>
        {children}
      </Question>
    </section>
  );
}

function Popover({ id, title, children }: PropsWithChildren<{ id: string; title: string }>) {
  return (
    <div class="confirm" id={id} popover="auto" role="dialog" aria-label={title}>
      {children}
    </div>
  );
}

interface QuestionProps extends Asked {
  heading: Child;
  cancel: Child;
  danger?: boolean;
  once?: boolean;
}

function Question(props: PropsWithChildren<QuestionProps>) {
  const { action, button, form, heading, cancel, danger = false, once = false, children } = props;
  return (
    <Form action={action} id={form} bare once={once}>
      <div class="stack">
        {heading}
        {children}
        <div class="row">
          {cancel}
          <Button kind={danger ? 'danger' : 'primary'}>{button}</Button>
        </div>
      </div>
    </Form>
  );
}
