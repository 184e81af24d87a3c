import { notFound, PosternError, ruleBroken } from '../../lib/errors.ts';
import { WrongLength } from '../../lib/expect-length.ts';
import { inTransaction } from '../../store/db/database.ts';
import { ensureImage, findImage, type ImageRow } from '../../store/tables/images.ts';
import type { Confirm } from '../access/confirm.ts';
import type { CredentialRef } from '../access/credential-ref.ts';
import { discardBlobs } from '../collection/discard-blobs.ts';
import type { Deps } from '../deps.ts';
import { guardBody } from '../quota/quota.ts';
import type { ImageAddress } from './address.ts';
import type { Digest } from './digest.ts';
import { type LinkTarget, linkBlob } from './link-blob.ts';
import { createOpenUploads, type UploadOrigin } from './open-uploads.ts';
import { formatUploadId, parseUploadId, type UploadId } from './upload-id.ts';

/** The credential that an upload belongs to, with the confirmation that it may push to the image. */
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
 * Uploads of blobs. An upload belongs to one image and to the credential that began it. Its id states the credential,
 * so that the gate refuses any other (`ownerOfUpload`); its name in the blob store holds both, so that an id with
 * another credential or under another image finds nothing. Nothing of it is in the database.
 *
 * This module owns every upload from its first request to its end, and the way of the bytes goes in one direction:
 *
 *     request -> append to the upload -> complete: a blob, durable -> linkBlob: the reference -> discard the upload
 *
 * The blob store knows no images and no database; `linkBlob` knows no uploads. Only the collector discards uploads
 * otherwise, when they are too old.
 */
export function createImageUploads(deps: Deps) {
  const { db, clock } = deps;
  const { uploads } = deps.imageBlobs;
  const open = createOpenUploads(deps);

  const find = async (address: ImageAddress, id: string) => {
    const image = await findImage(db, address.project.id, address.path);
    const key = image && keyOf(id, image);
    const size = key === undefined || key === null ? null : await uploads.size(key);
    if (!image || !key || size === null) throw notFound('upload');
    return { image, key, status: { id, size } };
  };

  /**
   * Makes a blob of an image from an upload that is whole. The blob is durable before the reference is written; when
   * the collector deletes the same bytes in between, the upload, which still has them, is completed again.
   * @returns its size in bytes.
   * @throws PosternError invalid, about `digest`, on a wrong digest; over_quota; what `confirm` throws.
   */
  const makeBlob = async (key: string, target: LinkTarget, digest: Digest, confirm: Confirm): Promise<number> => {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const { sha256, size } = await uploads.complete(key, digest.algorithm, digest.hex).catch(toRuleBroken);
      const link = linkBlob(deps, target, { digest: digest.text, sha256, size }, confirm);
      const isLinked = await link.catch(async (error: unknown) => {
        await discardBlobs(deps, 'images', [sha256]);
        throw error;
      });
      if (isLinked) return size;
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
    open.sized(key, project, status.size);
    try {
      const guarded = await guardBody(db, project, body ?? new Blob([]).stream(), { announced: length ?? bytes });
      const size = await uploads.append(key, guarded, bytes);
      open.sized(key, project, size);
      return { outcome: 'appended', status: { id: status.id, size } };
    } catch (error) {
      if (error instanceof WrongLength) return { outcome: 'out_of_order', status };
      await open.failed(key, error);
      throw error;
    }
  };

  /** The image of an upload that begins, made when it is not there. @throws what `confirm` throws. */
  const imageFor = async ({ project, path }: ImageAddress, confirm: Confirm): Promise<ImageRow> =>
    (await findImage(db, project.id, path)) ??
    inTransaction(db, async (trx) => {
      await confirm(trx);
      return ensureImage(trx, project.id, path, clock());
    });

  return {
    /**
     * Begins an upload; the image is made when it is not there.
     * @throws PosternError unavailable when too many uploads are open; what `confirm` throws.
     */
    async begin(address: ImageAddress, origin: Uploader & UploadOrigin): Promise<UploadStatus> {
      const { credential: owner, confirm } = origin;
      const image = await imageFor(address, confirm);
      const uuid = crypto.randomUUID();
      const id = formatUploadId({ uuid, owner });
      const key = nameOf({ uuid, owner }, image.id);
      await open.begin(key, address.project, origin);
      await uploads.begin(key).catch((error: unknown) => {
        open.end(key);
        throw error;
      });
      return { id, size: 0 };
    },

    /**
     * Stores a whole blob in one request; the image is made with it. Nothing is kept when that fails.
     * @param length the announced length in bytes; null: none is announced.
     * @throws PosternError invalid, about `digest`, when the bytes are not what it says; over_quota; what `confirm`
     * throws.
     */
    async put(
      address: ImageAddress,
      { credential: owner, confirm }: Uploader,
      body: AsyncIterable<Uint8Array> | null,
      digest: Digest,
      length: number | null = null,
    ): Promise<void> {
      const { project, path } = address;
      const key = nameOf({ uuid: crypto.randomUUID(), owner }, 'whole');
      await uploads.begin(key);
      try {
        if (body) await uploads.append(key, await guardBody(db, project, body, { announced: length ?? undefined }));
        const imageIn: LinkTarget['imageIn'] = (trx) => ensureImage(trx, project.id, path, clock());
        await makeBlob(key, { project, imageIn }, digest, confirm);
      } finally {
        await open.discard(key);
      }
    },

    /** @throws PosternError not_found when there is no such upload of the image. */
    status: async (address: ImageAddress, id: string) => (await find(address, id)).status,

    /** Appends a chunk. A chunk out of order is refused, and the upload stays as it was. */
    async append(address: ImageAddress, id: string, chunk: Chunk): Promise<Appended> {
      const { key, status } = await find(address, id);
      return take(address, key, status, chunk);
    },

    /**
     * Ends an upload: its bytes, with the last chunk, become a blob of the image.
     * @throws PosternError invalid, about `digest`, when they are not what the digest says; the upload is gone then.
     */
    async complete(
      address: ImageAddress,
      id: string,
      { confirm }: Pick<Uploader, 'confirm'>,
      chunk: Chunk,
      digest: Digest,
    ): Promise<Appended> {
      const { image, key, status } = await find(address, id);
      const taken = await take(address, key, status, chunk);
      if (taken.outcome === 'out_of_order') return taken;
      try {
        const target = { project: address.project, imageIn: () => image };
        const size = await makeBlob(key, target, digest, confirm);
        await open.discard(key);
        return { outcome: 'appended', status: { id, size } };
      } catch (error) {
        if (isFinal(error)) await open.discard(key);
        throw error;
      }
    },

    /** Nothing becomes visible. @throws PosternError not_found when there is no such upload of the image. */
    async cancel(address: ImageAddress, id: string): Promise<void> {
      await open.discard((await find(address, id)).key);
    },
  };
}

/** A wrong digest is a mistake of the request. */
function toRuleBroken(error: unknown): never {
  throw error instanceof PosternError && error.kind === 'unprocessable' ? ruleBroken(error.message, 'digest') : error;
}

/** Whether sending the same again would fail in the same way. */
const isFinal = (error: unknown) => error instanceof PosternError && ['invalid', 'over_quota'].includes(error.kind);

/**
 * The name of an upload in the blob store. Ids of images, users and tokens are never reused.
 * @param imageId `whole`: the upload ends with the request that begins it.
 */
const nameOf = ({ uuid, owner }: UploadId, imageId: number | 'whole') => `${uuid}.${imageId}.${owner.kind}-${owner.id}`;

/** The name of the upload with this id; null: no upload has it. */
function keyOf(id: string, image: ImageRow): string | null {
  const parsed = parseUploadId(id);
  return parsed && nameOf(parsed, image.id);
}

const lengthOf = ({ start, end }: ChunkRange) => end - start + 1;

/**
 * Whether a chunk continues the upload and announces one length. Its real length is checked when it has arrived.
 */
function follows({ range, length }: Chunk, size: number): boolean {
  if (range === null) return true;
  return range.start === size && range.end >= range.start && (length ?? lengthOf(range)) === lengthOf(range);
}
