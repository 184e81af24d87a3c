import { notFound, PosternError, ruleBroken } from '../../lib/errors.ts';
import { WrongLength } from '../../lib/expect-length.ts';
import { ensureImage, findImage, type ImageRow } from '../../store/tables/images.ts';
import type { Confirm } from '../access/confirm.ts';
import type { CredentialRef } from '../access/credential-ref.ts';
import type { Deps } from '../deps.ts';
import { guardBody } from '../quota/quota.ts';
import type { ImageAddress } from './address.ts';
import type { Digest } from './digest.ts';
import { linkBlob } from './link-blob.ts';

/** The credential that owns the upload, with the confirmation that its bytes may become a blob. */
export interface Uploader {
  credential: CredentialRef;
  confirm: Confirm;
}

export interface UploadStatus {
  id: string;
  /** Bytes so far. */
  size: number;
}

/** The bytes of the blob that a request contains, as it says; both ends inclusive. */
export interface ChunkRange {
  start: number;
  end: number;
}

/** The body of a request. */
export interface Chunk {
  body: AsyncIterable<Uint8Array> | null;
  range: ChunkRange | null;
  /** The announced length in bytes; null: none is announced. */
  length: number | null;
}

export type Appended = { outcome: 'appended' | 'out_of_order'; status: UploadStatus };

export type ImageUploads = ReturnType<typeof createImageUploads>;

/** How often a blob may be collected between its completion and its reference before something else must be wrong. */
const ATTEMPTS = 5;

/**
 * Uploads of blobs. An upload belongs to one image and to the credential that began it: its name in the blob store
 * holds both, so that to anyone else, and under any other image, no such upload is there. Nothing of it is in the
 * database.
 *
 * This module owns every upload from its first request to its end, and the way of the bytes goes in one direction:
 *
 *     request -> append to the upload -> complete: a blob, durable -> linkBlob: the reference -> discard the upload
 *
 * The blob store knows no images and no database; `linkBlob` knows no uploads. Only the collector discards uploads
 * otherwise, when they are too old.
 */
export function createImageUploads(deps: Deps) {
  const {
    db,
    imageBlobs: { uploads },
    clock,
  } = deps;

  const find = async (address: ImageAddress, id: string, owner: CredentialRef) => {
    const image = UUID.test(id) ? await findImage(db, address.project.id, address.path) : undefined;
    const key = image && keyOf(id, image, owner);
    const size = key === undefined ? null : await uploads.size(key);
    if (!image || key === undefined || size === null) throw notFound('upload');
    return { image, key, status: { id, size } };
  };

  /**
   * Makes a blob of the image from an upload that is whole. The blob is durable before the reference is written; when
   * the collector deletes the same bytes in between, the upload, which still has them, is completed again.
   * @returns its size in bytes.
   * @throws PosternError invalid, about `digest`, on a wrong digest; over_quota.
   */
  const makeBlob = async (
    { address: { project }, image, key }: { address: ImageAddress; image: ImageRow; key: string },
    digest: Digest,
    confirm: Confirm,
  ): Promise<number> => {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const { sha256, size } = await uploads.complete(key, digest.algorithm, digest.hex).catch(toRuleBroken);
      if (await linkBlob(deps, { project, image }, { digest: digest.text, sha256, size }, confirm)) return size;
    }
    throw new Error(`the blob ${digest.text} vanishes from the blob store`);
  };

  /**
   * Appends a chunk. A chunk that does not start where the last one ended, or has another length than it says, is
   * refused, and the upload stays as it was.
   * @throws PosternError over_quota when the upload, with what is to come, would be larger than the quota that is left.
   */
  const take = async (
    { project }: ImageAddress,
    key: string,
    status: UploadStatus,
    chunk: Chunk,
  ): Promise<Appended> => {
    if (!follows(chunk, status.size)) return { outcome: 'out_of_order', status };
    const { body, range, length } = chunk;
    if (!body && range === null) return { outcome: 'appended', status };
    const bytes = range ? lengthOf(range) : undefined;
    const guarded = await guardBody(db, project, body ?? new Blob([]).stream(), {
      before: status.size,
      announced: length ?? bytes,
    });
    try {
      const size = await uploads.append(key, guarded, bytes);
      return { outcome: 'appended', status: { id: status.id, size } };
    } catch (error) {
      if (error instanceof WrongLength) return { outcome: 'out_of_order', status };
      throw error;
    }
  };

  return {
    /** Begins an upload; the image is made when it is not there. */
    async begin(address: ImageAddress, owner: CredentialRef): Promise<UploadStatus> {
      const image = await ensureImage(db, address.project.id, address.path, clock());
      const id = crypto.randomUUID();
      await uploads.begin(keyOf(id, image, owner));
      return { id, size: 0 };
    },

    /**
     * Stores a whole blob in one request. Nothing is kept when that fails.
     * @param length the announced length in bytes; null: none is announced.
     * @throws PosternError invalid, about `digest`, when the bytes are not what it says; over_quota.
     */
    async put(
      address: ImageAddress,
      { credential: owner, confirm }: Uploader,
      body: AsyncIterable<Uint8Array> | null,
      digest: Digest,
      length: number | null = null,
    ): Promise<void> {
      const image = await ensureImage(db, address.project.id, address.path, clock());
      const key = keyOf(crypto.randomUUID(), image, owner);
      await uploads.begin(key);
      try {
        if (body)
          await uploads.append(key, await guardBody(db, address.project, body, { announced: length ?? undefined }));
        await makeBlob({ address, image, key }, digest, confirm);
      } finally {
        await uploads.discard(key);
      }
    },

    /** @throws PosternError not_found when there is no such upload, or another credential owns it. */
    status: async (address: ImageAddress, id: string, owner: CredentialRef) => (await find(address, id, owner)).status,

    /** Appends a chunk. A chunk out of order is refused, and the upload stays as it was. */
    async append(address: ImageAddress, id: string, owner: CredentialRef, chunk: Chunk): Promise<Appended> {
      const { key, status } = await find(address, id, owner);
      return take(address, key, status, chunk);
    },

    /**
     * Ends an upload: its bytes, with the last chunk, become a blob of the image.
     * @throws PosternError invalid, about `digest`, when they are not what the digest says; the upload is gone then.
     */
    async complete(
      address: ImageAddress,
      id: string,
      { credential: owner, confirm }: Uploader,
      chunk: Chunk,
      digest: Digest,
    ): Promise<Appended> {
      const { image, key, status } = await find(address, id, owner);
      const taken = await take(address, key, status, chunk);
      if (taken.outcome === 'out_of_order') return taken;
      try {
        const size = await makeBlob({ address, image, key }, digest, confirm);
        await uploads.discard(key);
        return { outcome: 'appended', status: { id, size } };
      } catch (error) {
        if (isFinal(error)) await uploads.discard(key);
        throw error;
      }
    },

    /** @throws PosternError not_found when there is no such upload, or another credential owns it. */
    async cancel(address: ImageAddress, id: string, owner: CredentialRef): Promise<void> {
      await uploads.discard((await find(address, id, owner)).key);
    },
  };
}

/** A wrong digest is a mistake of the request. */
function toRuleBroken(error: unknown): never {
  throw error instanceof PosternError && error.kind === 'unprocessable' ? ruleBroken(error.message, 'digest') : error;
}

/** Whether sending the same again would fail in the same way. */
const isFinal = (error: unknown) => error instanceof PosternError && ['invalid', 'over_quota'].includes(error.kind);

/** The ids that the server generates; nothing else that a client sends becomes part of a name. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The name of an upload in the blob store. Ids of images, users and tokens are never reused. */
const keyOf = (id: string, image: ImageRow, owner: CredentialRef) => `${id}.${image.id}.${owner.kind}-${owner.id}`;

const lengthOf = ({ start, end }: ChunkRange) => end - start + 1;

/**
 * Whether a chunk continues the upload and announces one length. Its real length is checked when it has arrived.
 */
function follows({ range, length }: Chunk, size: number): boolean {
  if (range === null) return true;
  return range.start === size && range.end >= range.start && (length ?? lengthOf(range)) === lengthOf(range);
}
