/** @jsxImportSource hono/jsx */
import type { PackageKind } from '../../../http/setup.ts';
import { Button } from '../../views/button.tsx';
import { Form, SelectField, TextField, WholeMistake } from '../../views/form.tsx';
import type { Typed } from '../../views/typed.ts';
import { LEVELS } from './words.ts';

interface NewRuleProps {
  action: string;
  kinds: readonly PackageKind[];
  typed: Typed | undefined;
}

const ROLES = LEVELS.map(({ level, title }) => ({ value: String(level), label: title }));

const PUBLISHERS = [{ value: '', label: 'As everywhere: developers, and deploy tokens' }, ...ROLES];
const DELETERS = [{ value: '', label: 'As everywhere: maintainers, and deploy tokens' }, ...ROLES];

const AGAIN = [
  { value: '', label: 'As its type has it' },
  { value: 'forbidden', label: 'Forbidden: versions are final' },
  { value: 'allowed', label: 'Allowed: the newest counts' },
];

export function NewRule({ action, kinds, typed }: NewRuleProps) {
  const shared = typed === undefined ? {} : { typed };
  const types = kinds.map(({ type, title }) => ({ value: type, label: title }));
  return (
    <Form action={action}>
      <WholeMistake typed={typed} />
      <SelectField name="type" label="Type" options={types} short {...shared} />
      <TextField
        name="pattern"
        label="Names"
        hint="A name, with * for any run of letters: @acme/*"
        maxlength={255}
        required
        autocomplete="off"
        {...shared}
      />
      <SelectField name="push_level" label="Published by" options={PUBLISHERS} {...shared} />
      <SelectField name="delete_level" label="Deleted by" options={DELETERS} {...shared} />
      <SelectField
        name="duplicates"
        label="A file that is there, published again"
        hint="Of several rules for a name the one with the longest pattern says it. Types whose versions never change stay so."
        options={AGAIN}
        {...shared}
      />
      <div>
        <Button kind="primary">Add rule</Button>
      </div>
    </Form>
  );
}
