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

const PUBLISHERS = [{ value: '', label: 'Default: developers and deploy tokens' }, ...ROLES];
const DELETERS = [{ value: '', label: 'Default: maintainers and deploy tokens' }, ...ROLES];

const AGAIN = [
  { value: '', label: 'Default of the package type' },
  { value: 'forbidden', label: 'Forbidden: published files are final' },
  { value: 'allowed', label: 'Allowed: the newest file wins' },
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
        hint="A package name; * matches any characters: @acme/*"
        maxlength={255}
        required
        autocomplete="off"
        {...shared}
      />
      <SelectField name="push_level" label="Published by" options={PUBLISHERS} {...shared} />
      <SelectField name="delete_level" label="Deleted by" options={DELETERS} {...shared} />
      <SelectField
        name="duplicates"
        label="Re-publishing existing files"
        hint="If several rules match, the longest matching pattern wins. Package types with immutable versions ignore this setting."
        options={AGAIN}
        {...shared}
      />
      <div>
        <Button kind="primary">Add rule</Button>
      </div>
    </Form>
  );
}
