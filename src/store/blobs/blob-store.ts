import type { StoredBytes } from '../../lib/stored-bytes.ts';

/** The required properties of a blob; anything else is refused and leaves nothing behind. */
export interface Expectation {
  /** SHA-256, 64 lower-case hex digits. */
  sha256?: string;
  /** Bytes. */
  size?: number;
  /** The most bytes that are taken. */
  maxBytes?: number;
}

export interface StoredBlob {
  sha256: string;
  size: number;
}

/** Size and age of something in a store, for the collector. */
export interface Aged {
  /** Bytes. */
  size: number;
  /** When it came, or was last written to: milliseconds since 1970, by the clock of the store. */
  modifiedAt: number;
}

export type ListedBlob = Aged & { sha256: string };
export type ListedUpload = Aged & { id: string };
/** An incomplete file of a killed program, which no request can name. */
export type Leftover = Aged & { remove(): Promise<void> };

/**
 * Content-addressed storage: a blob is named by the SHA-256 of its bytes, is there whole or not at all, and never
 * changes. Permission to read is not decided here.
 */
export interface BlobStore {
  /**
   * Streams a body in and hashes it on the way; it is durable when this resolves. Putting what is there already is no
   * error, and makes it as young as what is new: it is listed with a `modifiedAt` of now.
   * @throws PosternError `unprocessable` on a wrong digest or size, `too_large` over the limit, and before anything is
   * read when the size that is expected is over it; nothing is kept then.
   */
  put(body: AsyncIterable<Uint8Array>, expect?: Expectation): Promise<StoredBlob>;
  /** The size in bytes, or null when there is no such blob. */
  size(sha256: string): Promise<number | null>;
  /**
   * The bytes, lazily. Null when there is no such blob; a store that is far away finds that out when they are read.
   * @param size the known size in bytes, so that such a store need not be asked.
   */
  open(sha256: string, size: number): Promise<StoredBytes | null>;
  /**
   * Removes a blob; removing one that is not there is no error.
   * @param before only when it came, or was put again, before this instant (milliseconds since 1970). A blob that is
   * put while this runs stays, or is put again, as far as the store can tell the two apart.
   * @returns whether it was there and is gone.
   */
  delete(sha256: string, before?: number): Promise<boolean>;
  /**
   * Every blob, in no order that can be relied on. A blob that appears or vanishes during the listing may be in it or
   * not.
   */
  list(): AsyncIterable<ListedBlob>;
  /** Incomplete files of killed programs, and files that are being written: they differ in age. */
  leftovers(): AsyncIterable<Leftover>;
  /** Blobs that come in parts. */
  readonly uploads: BlobUploads;
}

/**
 * Blobs on their way in, over several requests and over restarts of the server. The caller names them, by letters,
 * digits, dots and dashes; how far one has come is known here alone. Bytes become durable when the upload is completed,
 * not before.
 */
export interface BlobUploads {
  /** Begins an empty one. The name must be new. */
  begin(id: string): Promise<void>;
  /** Bytes so far, or null when there is no such upload. */
  size(id: string): Promise<number | null>;
  /**
   * Appends. The bytes before a cut connection stay, and the upload can continue from there.
   * @param bytes how many there must be; undefined: as many as come.
   * @returns the size after it.
   * @throws PosternError `conflict` while another request adds to it or completes it, and when it was completed;
   * `not_found` when it is not there, or no more; WrongLength. With another length than it should have, and when there
   * is no room left, it is as long as before; when the disk could not keep what it had taken, the upload is gone.
   */
  append(id: string, body: AsyncIterable<Uint8Array>, bytes?: number): Promise<number>;
  /**
   * Makes a blob of it when its bytes are what they should be; the blob is durable when this resolves. The upload stays
   * until it is discarded, so that completing can be repeated; when the disk could not keep what it had taken, it is
   * gone.
   * @param digest in lower-case hex digits.
   * @throws PosternError `unprocessable` on a wrong digest; `conflict` while another request adds to it or completes
   * it; `not_found` when it is not there, or no more.
   */
  complete(id: string, algorithm: 'sha256' | 'sha512', digest: string): Promise<StoredBlob>;
  /** Forgets it; forgetting one that is not there is no error. */
  discard(id: string): Promise<void>;
  /** Every upload, in no order that can be relied on. */
  list(): AsyncIterable<ListedUpload>;
}

/** The two stores of blobs, each with a folder or a prefix of its own, so that each has its own collector. */
export interface BlobStores {
  blobs: BlobStore;
  imageBlobs: BlobStore;
  /** Asks once whether they can be reached. @throws S3Error */
  check(): Promise<void>;
}
