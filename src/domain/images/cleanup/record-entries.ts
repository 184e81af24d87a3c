import type { Db } from '../../../store/db/database.ts';
import { insertManifestEntries, listIndexesWithoutEntries } from '../../../store/tables/image-manifest-entries.ts';
import { findManifest, findManifestIds } from '../../../store/tables/image-manifests.ts';
import type { ManifestRange } from '../../../store/tables/unreferenced-manifests.ts';

/**
 * Records which manifests are listed by indexes that have no entry. The previous program does not record them: while
 * nodes are updated one after the other, it may push an index. Without its entries, its manifests would be deleted.
 */
export async function recordEntries(db: Db, range: ManifestRange): Promise<void> {
  for (const { id, image_id, digest } of await listIndexesWithoutEntries(db, range)) {
    const index = await findManifest(db, image_id, digest);
    if (!index) continue;
    const ids = await findManifestIds(db, image_id, digestsIn(index.body));
    await insertManifestEntries(db, id, [...ids.values()]);
  }
}

/** The digests of an index, whose shape was checked when it was pushed. */
function digestsIn(body: Uint8Array): string[] {
  const { manifests } = JSON.parse(new TextDecoder().decode(body)) as { manifests?: { digest: string }[] | null };
  return [...new Set((manifests ?? []).map(({ digest }) => digest))];
}
