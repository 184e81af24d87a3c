import { z } from 'zod';
import type { LfsLock, LockPage } from '../../../domain/lfs/lfs-locks.ts';
import type { LfsObject } from '../../../domain/lfs/lfs-objects.ts';
import { atMost } from '../../../http/bodies/at-most.ts';
import { unprocessable } from '../../../lib/errors.ts';
import { record } from '../../../lib/record.ts';

/** https://github.com/git-lfs/git-lfs/blob/main/docs/api/README.md */
export const LFS_TYPE = 'application/vnd.git-lfs+json';

/** Clients send at most 100 in one batch. */
export const MAX_OBJECTS = 1000;

const ref = z.object({ name: z.string().max(1024) }).nullish();

export const OID = /^[0-9a-f]{64}$/;
const object = z.object({
  oid: z.string().regex(OID, 'is not a SHA-256 in lower-case hex'),
  size: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
});

export const batchRequest = z.object({
  operation: z.enum(['download', 'upload']),
  /** Empty or null as if it were absent: clients in Go send what they have not set that way. */
  transfers: atMost(20, z.string())
    .nullish()
    .transform((names) => (names?.length ? names : ['basic'])),
  objects: z.array(z.unknown()).min(1),
  hash_algo: z
    .string()
    .nullish()
    .transform((name) => name || 'sha256'),
});

/** An object of a batch as the client sent it, with what is wrong with it. */
export interface WrongObject extends LfsObject {
  error: { code: 422; message: string };
}

/** The id of a wrong object is repeated up to this length, for the client to find it. */
const MAX_REPEATED = 256;

/** Reads an object of a batch. One that is wrong has an error of its own, and the others are served (batch.md). */
export function readObject(sent: unknown): LfsObject | WrongObject {
  const result = object.safeParse(sent);
  if (result.success) return result.data;
  const { oid, size } = record(sent);
  return {
    oid: typeof oid === 'string' ? oid.slice(0, MAX_REPEATED) : '',
    size: typeof size === 'number' ? size : 0,
    error: { code: 422, message: sentenceOf(result.error, 'The object') },
  };
}

export const verifyRequest = object;
export const lockRequest = z.object({ path: z.string(), ref });
export const unlockRequest = z.object({ force: z.boolean().nullish(), ref });
export const verifyLocksRequest = z.object({
  cursor: z.string().nullish(),
  limit: z.number().int().nullish(),
  ref,
});

/** @throws PosternError `unprocessable`, naming the part that is wrong. */
export function check<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw unprocessable(sentenceOf(result.error, 'The body'));
}

/** @param whole names the value, for an error that is in no part of it. */
function sentenceOf({ issues: [issue] }: z.ZodError, whole: string): string {
  return `${issue?.path.join('.') || whole}: ${issue?.message ?? 'invalid'}`;
}

interface Action {
  href: string;
  header?: Record<string, string>;
}

/** The addresses that download, upload and verify an object, with the headers that the client must send. */
export interface Actions {
  download(object: LfsObject): Action;
  upload(object: LfsObject): Action;
  verify(): Action;
}

/**
 * Makes the actions of a batch. Each repeats the `Authorization` of the request, as GitLab does for deploy tokens: a
 * refused upload without the header sends git-lfs into an endless loop, and the client has the credential already. The
 * credential is looked up again on each use, so that a revocation works at once.
 * @param repository the address of the repository, with `.git`.
 */
export function actionsAt(repository: string, authorization: string | null): Actions {
  const header: Record<string, string> = authorization === null ? {} : { Authorization: authorization };
  return {
    download: ({ oid }) => ({ href: `${repository}/gitlab-lfs/objects/${oid}`, header }),
    upload: ({ oid, size }) => ({
      href: `${repository}/gitlab-lfs/objects/${oid}/${size}`,
      header: { ...header, 'Content-Type': 'application/octet-stream' },
    }),
    verify: () => ({ href: `${repository}/info/lfs/verify`, header: { ...header, 'Content-Type': LFS_TYPE } }),
  };
}

const lockBody = (lock: LfsLock) => ({
  id: String(lock.id),
  path: lock.path,
  locked_at: new Date(lock.created_at).toISOString(),
  owner: { name: lock.username },
});

export const oneLock = (lock: LfsLock) => ({ lock: lockBody(lock) });

const nextOf = ({ next }: LockPage) => (next === undefined ? {} : { next_cursor: String(next) });

export const lockList = (page: LockPage) => ({ locks: page.locks.map(lockBody), ...nextOf(page) });

/** The locks for a push: the user's own, and those of others, which block it. */
export const lockCheck = (page: LockPage, userId: number) => ({
  ours: page.locks.filter((lock) => lock.user_id === userId).map(lockBody),
  theirs: page.locks.filter((lock) => lock.user_id !== userId).map(lockBody),
  ...nextOf(page),
});
