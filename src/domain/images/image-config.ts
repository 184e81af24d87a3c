import { parseJson } from '../../lib/bounded-json.ts';
import { findImageBlob, findImageBlobs, type ImageBlobRow } from '../../store/tables/image-blobs.ts';
import type { Deps } from '../deps.ts';
import { platformOf } from './platform.ts';

/** The configuration of an image, written by its publisher: untrusted. */
export interface ImageConfig {
  /** In milliseconds. */
  builtAt: number | null;
  /** `linux/arm64`. */
  platform: string | null;
}

export const EMPTY_CONFIG: ImageConfig = { builtAt: null, platform: null };

/** Far above the size of any real configuration; a larger one is not read. */
const MAX_BYTES = 1024 * 1024;
const MAX_ITEMS = 50_000;

/** Reads the configuration of an image, if there is one that can be read. OCI image-spec, "Image Configuration". */
export async function readImageConfig(
  { db, imageBlobs }: Pick<Deps, 'db' | 'imageBlobs'>,
  imageId: number,
  digest: string,
): Promise<ImageConfig> {
  const row = await findImageBlob(db, imageId, digest);
  return row ? read(imageBlobs, row) : EMPTY_CONFIG;
}

/** The same for several, by digest; what is not there is not among them. */
export async function readImageConfigs(
  { db, imageBlobs }: Pick<Deps, 'db' | 'imageBlobs'>,
  imageId: number,
  digests: readonly string[],
): Promise<Map<string, ImageConfig>> {
  const rows = await findImageBlobs(db, imageId, digests);
  return new Map(await Promise.all(rows.map(async (row) => [row.digest, await read(imageBlobs, row)] as const)));
}

async function read(imageBlobs: Deps['imageBlobs'], row: ImageBlobRow): Promise<ImageConfig> {
  if (row.size > MAX_BYTES) return EMPTY_CONFIG;
  const bytes = await imageBlobs.open(row.sha256, row.size);
  return bytes ? parseConfig(await new Response(bytes.stream()).bytes()) : EMPTY_CONFIG;
}

function parseConfig(bytes: Uint8Array): ImageConfig {
  try {
    const said = parseJson(bytes, { maxItems: MAX_ITEMS }) as { created?: unknown } | null;
    const instant = typeof said?.created === 'string' ? Date.parse(said.created) : Number.NaN;
    return { builtAt: Number.isFinite(instant) ? instant : null, platform: platformOf(said) };
  } catch {
    return EMPTY_CONFIG;
  }
}
