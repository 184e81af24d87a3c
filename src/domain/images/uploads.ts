import { notFound, PosternError, ruleBroken } from '../../lib/errors.ts';
import * as table from '../../store/tables/image-uploads.ts';
import { ensureImage, findImage, type ImageRow } from '../../store/tables/images.ts';
import type { Deps } from '../deps.ts';
import type { ImageBlobs } from './blobs.ts';
import type { Digest } from './digest.ts';
import type { ImageAddress } from './images.ts';

/** Who an upload belongs to: a user, or a deploy token. */
export interface UploadOwner {
  kind: string;
  id: number | null;
}

export interface UploadStatus {
  id: string;
  /** Bytes so far. */
  size: number;
}

/** Which bytes of the blob a request says it brings; both ends inclusive. */
export interface ChunkRange {
  start: number;
  end: number;
}

export type Appended = { outcome: 'appended' | 'out_of_order'; status: UploadStatus };

export type ImageUploads = ReturnType<typeof createImageUploads>;

/** Blobs on their way in. An upload belongs to one image and to whoever began it. */
export function createImageUploads({ db, imageBlobs: store, clock }: Deps, blobs: ImageBlobs) {
  const find = async (address: ImageAddress, id: string, owner: UploadOwner): Promise<[ImageRow, UploadStatus]> => {
    const image = await findImage(db, address.project.id, address.path);
    const row = image && (await table.findImageUpload(db, id, image.id, nameOf(owner)));
    const size = row ? await store.uploads.size(id) : null;
    if (!image || !row || size === null) throw notFound('upload');
    return [image, { id, size }];
  };

  const end = async (id: string) => {
    await table.deleteImageUpload(db, id);
    await store.uploads.discard(id);
  };

  const append = async (status: UploadStatus, body: AsyncIterable<Uint8Array> | null) => {
    if (!body) return status.size;
    await table.touchImageUpload(db, status.id, clock());
    return store.uploads.append(status.id, body);
  };

  return {
    /** Begins an upload; the image is made when it is not there. */
    async begin(address: ImageAddress, owner: UploadOwner): Promise<UploadStatus> {
      const image = await ensureImage(db, address.project.id, address.path, clock());
      const id = crypto.randomUUID();
      await store.uploads.begin(id);
      await table.insertImageUpload(db, { id, image_id: image.id, owner: nameOf(owner), touched_at: clock() });
      return { id, size: 0 };
    },

    /** @throws PosternError not_found for one that is not there, or is someone else's. */
    status: async (address: ImageAddress, id: string, owner: UploadOwner) => (await find(address, id, owner))[1],

    /**
     * Adds a chunk. One that does not start where the last one ended is not taken, and the upload stays as it was.
     * @param length what the request says that it brings, in bytes; null: it does not say.
     */
    async append(
      address: ImageAddress,
      id: string,
      owner: UploadOwner,
      chunk: { body: AsyncIterable<Uint8Array> | null; range: ChunkRange | null; length: number | null },
    ): Promise<Appended> {
      const [, status] = await find(address, id, owner);
      if (!follows(chunk.range, status.size, chunk.length)) return { outcome: 'out_of_order', status };
      return { outcome: 'appended', status: { id, size: await append(status, chunk.body) } };
    },

    /**
     * Ends an upload: its bytes, with the last chunk, become a blob of the image.
     * @throws PosternError invalid, about `digest`, when they are not what the digest says; the upload is gone then.
     */
    async complete(
      address: ImageAddress,
      id: string,
      owner: UploadOwner,
      chunk: { body: AsyncIterable<Uint8Array> | null; range: ChunkRange | null; length: number | null },
      digest: Digest,
    ): Promise<Appended> {
      const [image, status] = await find(address, id, owner);
      if (!follows(chunk.range, status.size, chunk.length)) return { outcome: 'out_of_order', status };
      const size = await append(status, chunk.body);
      try {
        await blobs.adopt(image, id, digest);
      } catch (error) {
        if (error instanceof PosternError && error.kind === 'unprocessable') {
          await end(id);
          throw ruleBroken(error.message, 'digest');
        }
        throw error;
      }
      await end(id);
      return { outcome: 'appended', status: { id, size } };
    },

    /** @throws PosternError not_found for one that is not there, or is someone else's. */
    async cancel(address: ImageAddress, id: string, owner: UploadOwner): Promise<void> {
      await find(address, id, owner);
      await end(id);
    },
  };
}

const nameOf = (owner: UploadOwner) => `${owner.kind}:${owner.id}`;

/** Whether a chunk goes on where the upload stands, and is as long as it says. */
function follows(range: ChunkRange | null, size: number, length: number | null): boolean {
  if (range === null) return true;
  return range.start === size && (length === null || range.end - range.start + 1 === length);
}
