/** @jsxImportSource hono/jsx */

import { WholeMistake } from '../../views/form.tsx';
import { Notice } from '../../views/notice.tsx';
import { type Typed, WHOLE } from '../../views/typed.ts';
import type { Around, SettingsSubject, SettingsVisit } from './settings-subject.ts';

export type SectionName = 'general' | 'features' | 'branch' | 'archive' | 'path' | 'transfer' | 'destroy';

/** A form that was refused: which, what was typed into it, and why. */
export interface Refused {
  section: SectionName;
  typed: Typed;
}

/** The properties of each section. */
export interface SectionProps {
  visit: SettingsVisit;
  place: SettingsSubject;
  around: Around;
  /** Set when this section's form was refused. */
  typed: Typed | undefined;
  /** This section's form has just been done. */
  saved: boolean;
}

/** The outcome of a section's form, unless it is shown beside a field. */
export function Came({ typed, saved }: Pick<SectionProps, 'typed' | 'saved'>) {
  if (typed?.mistakes[WHOLE] !== undefined) return <WholeMistake typed={typed} />;
  return saved ? <Notice kind="good">Saved.</Notice> : null;
}
