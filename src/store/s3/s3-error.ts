/**
 * Why the object storage did not do what it was asked. It holds no secret: neither an address that is signed nor a
 * header.
 */
export class S3Error extends Error {
  override readonly name = 'S3Error';
  /** 0: there was no answer. */
  readonly status: number;
  /** The word that S3 has for it, such as `SlowDown` or `AccessDenied`; ours when there was no answer. */
  readonly code: string;

  constructor(what: string, status: number, code: string, words: string) {
    super(`${what}: ${status === 0 ? '' : `${status} `}${code}${words === '' ? '' : `: ${words}`}`);
    this.status = status;
    this.code = code;
  }

  /** Whether the same request may go well a moment later. */
  get passes(): boolean {
    if ([0, 408, 429, 500, 502, 503, 504].includes(this.status)) return true;
    return ['RequestTimeout', 'SlowDown', 'InternalError', 'ServiceUnavailable'].includes(this.code);
  }

  /** Whether it is about the configuration: the bucket, the key, the region, the clock. */
  get refuses(): boolean {
    return !this.passes && this.status > 0;
  }
}

/** Whether a thrown value says that the object storage is away for now, or does not let us in. */
export const isStorageOutage = (error: unknown): boolean => error instanceof S3Error;

export const isMissing = (error: unknown): boolean =>
  error instanceof S3Error && error.status === 404 && error.code !== 'NoSuchBucket';
