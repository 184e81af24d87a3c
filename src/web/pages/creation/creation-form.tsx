/** @jsxImportSource hono/jsx */
import type { Child, PropsWithChildren } from 'hono/jsx';
import type { Visibility } from '../../../domain/visibility.ts';
import { Button, LinkButton } from '../../views/button.tsx';
import { Form, TextArea, TextField, WholeMistake } from '../../views/form.tsx';
import type { Typed } from '../../views/typed.ts';
import { VisibilityChoices } from '../../views/visibility-choices.tsx';

interface CreationFormProps {
  what: 'project' | 'group';
  /** Also the name of its button. */
  title: string;
  about: Child;
  /** The readable prefix of its address. */
  address: string;
  /** The group that it is in, when that is settled. */
  within?: { name: string; visibility: Visibility } | null;
  /** Where one goes who wants none. */
  cancel: string;
  typed: Typed | undefined;
}

/**
 * The common part of the forms for new projects and groups; `children` are the fields for the location.
 */
export function CreationForm(props: PropsWithChildren<CreationFormProps>) {
  const { what, title, about, within = null, cancel, typed, children } = props;
  const shared = typed === undefined ? {} : { typed };
  return (
    <>
      <header class="stack-small">
        <h1>{title}</h1>
        <p class="soft">{about}</p>
      </header>
      <div class="card">
        <Form action={`/${what}s`}>
          <WholeMistake typed={typed} />
          <TextField name="name" label="Name" maxlength={255} required autofocus={!typed} {...shared} />
          {children}
          <TextField
            name="path"
            label="Path (optional)"
            hint={`The last part of the address, after ${props.address}. Derived from the name if empty.`}
            maxlength={255}
            autocomplete="off"
            {...shared}
          />
          <TextArea name="description" label="Description (optional)" rows={3} {...shared} />
          <VisibilityChoices what={what} within={within} typed={typed} />
          <div class="row">
            <Button kind="primary">{title.replace('New', 'Create')}</Button>
            <LinkButton href={cancel}>Cancel</LinkButton>
          </div>
        </Form>
      </div>
    </>
  );
}
