/** @jsxImportSource hono/jsx */

import { VISIBILITIES, type Visibility, widerThan } from '../../domain/visibility.ts';
import { defined } from '../../lib/defined.ts';
import { Choices } from './form.tsx';
import type { Typed } from './typed.ts';

interface VisibilityChoicesProps {
  what: 'project' | 'group';
  /** The initial choice. */
  chosen?: Visibility;
  /** The group that it is in, which holds back what is wider. */
  within?: { name: string; visibility: Visibility } | null;
  typed?: Typed | undefined;
}

const LABELS: Readonly<Record<Visibility, string>> = { private: 'Private', internal: 'Internal', public: 'Public' };

const HINTS: Readonly<Record<VisibilityChoicesProps['what'], Readonly<Record<Visibility, string>>>> = {
  project: {
    private: 'Only members can see it. Machines use a deploy token.',
    internal: 'All signed-in users can see and clone it.',
    public: 'Everyone can see and clone it, without signing in.',
  },
  group: {
    private: 'Only members can see it and its content.',
    internal: 'All signed-in users can see it. Its content can be private.',
    public: 'Everyone can see it, without signing in. Its content can be private or internal.',
  },
};

/** The visibility choices with an explanation each, limited to the visibility of the parent group. */
export function VisibilityChoices({ what, chosen = 'private', within = null, typed }: VisibilityChoicesProps) {
  const barred = within ? widerThan(within.visibility) : [];
  const choices = VISIBILITIES.map((value) => ({
    value,
    label: LABELS[value],
    ...(barred.includes(value)
      ? { disabled: true, hint: `Not in ${within?.name}, which is ${within?.visibility}.` }
      : { hint: HINTS[what][value] }),
  }));
  return (
    <Choices
      name="visibility"
      label="Visibility"
      kind="radio"
      choices={choices}
      chosen={[chosen]}
      {...defined({ typed })}
    />
  );
}
