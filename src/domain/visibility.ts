import { inField, ruleBroken } from '../lib/errors.ts';
import type { Visibility } from '../store/db/schema.ts';

export type { Visibility } from '../store/db/schema.ts';

/** From the narrowest to the widest. */
export const VISIBILITIES = ['private', 'internal', 'public'] as const satisfies readonly Visibility[];

/** Those that more people can see. */
export function widerThan(visibility: Visibility): Visibility[] {
  return VISIBILITIES.slice(VISIBILITIES.indexOf(visibility) + 1);
}

/**
 * A project or group cannot be seen by more people than the group it is in. A personal namespace holds nothing back.
 * @throws PosternError with GitLab's sentence.
 */
export function checkVisibility(
  what: 'project' | 'group',
  visibility: Visibility,
  parent: { kind: 'group' | 'user'; visibility: Visibility } | null,
): void {
  if (parent?.kind !== 'group' || !widerThan(parent.visibility).includes(visibility)) return;
  throw inField(
    'visibility',
    ruleBroken(
      what === 'project'
        ? `Visibility level ${visibility} is not allowed in a ${parent.visibility} group.`
        : `Visibility level ${visibility} is not allowed since the parent group has a ${parent.visibility} visibility.`,
    ),
  );
}
