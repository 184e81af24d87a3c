import type { AuditNote, DeletionHook } from '../../domain/packages/package-behaviour.ts';

/** The package property of a dist-tag: `tag:latest`, with the version as its value. */
export const TAG = 'tag:';
/** When a tag was set, in milliseconds since 1970, unless that was when its version was published: `tagged:latest`. */
export const TAGGED = 'tagged:';
/** The version that another property was published with, and with which that property is deleted: `of:readme`. */
export const OF = 'of:';

/**
 * Deletes the properties that belong to deleted versions. A tag that stayed would point to a later version of the same
 * number, whatever is published as that. A README that stayed could still be read, and may be the reason for the
 * deletion.
 * @param moved where the tags of deleted versions point now. A tag that is left out, or whose new version does not
 * exist, is deleted.
 */
export const clearDeleted =
  (moved: ReadonlyMap<string, string> = new Map()): DeletionHook =>
  async (deleted, { properties, hasVersion, now }) => {
    const changes: Record<string, string | null> = {};
    const notes: AuditNote[] = [];
    // Both lists may have thousands of entries.
    const gone = new Set(deleted);
    for (const [property, from] of properties) {
      if (!gone.has(from)) continue;
      if (property.startsWith(OF)) {
        changes[property] = null;
        changes[property.slice(OF.length)] = null;
      }
      if (!property.startsWith(TAG)) continue;
      const tag = property.slice(TAG.length);
      const to = moved.get(tag);
      const isMoved = to !== undefined && (await hasVersion(to));
      changes[property] = isMoved ? to : null;
      changes[`${TAGGED}${tag}`] = isMoved ? String(now) : null;
      if (isMoved) notes.push({ action: 'package_registry_package_tag_set', details: { tag, from, to } });
    }
    return { properties: changes, notes };
  };
