import type { ProjectFacts } from '../../../domain/access/facts.ts';
import type { Services } from '../../../domain/services.ts';
import type { RequestContext } from '../../../http/route.ts';
import { forbidden, notFound, unprocessable } from '../../../lib/errors.ts';
import { checkAccept, lfsReply, readLfs } from './body.ts';
import { check, lockCheck, lockList, lockRequest, oneLock, unlockRequest, verifyLocksRequest } from './format.ts';

type ProjectContext = RequestContext<ProjectFacts>;

/** https://github.com/git-lfs/git-lfs/blob/main/docs/api/locking.md */
export function createLockHandlers({ lfsLocks }: Services) {
  return {
    async create(context: ProjectContext) {
      const { path, ref } = check(lockRequest, await readLfs(context.request));
      const wanted = { path, ref: ref?.name ?? null };
      const { lock, created } = await lfsLocks.create(context.facts.project.id, userOf(context), wanted, context);
      return created
        ? lfsReply(oneLock(lock), 201)
        : lfsReply({ ...oneLock(lock), message: 'already created lock' }, 409);
    },

    /** A lock holds on every branch, whichever it was made for: the ref that a client names is not looked at. */
    async list({ request, query, facts }: ProjectContext) {
      checkAccept(request);
      const page = await lfsLocks.list(facts.project.id, {
        id: number('id', query.get('id')),
        path: query.get('path') ?? undefined,
        cursor: number('cursor', query.get('cursor')),
        limit: number('limit', query.get('limit')),
      });
      return lfsReply(lockList(page));
    },

    async verify(context: ProjectContext) {
      const { cursor, limit } = check(verifyLocksRequest, await readLfs(context.request));
      const page = await lfsLocks.list(context.facts.project.id, {
        cursor: number('cursor', cursor ?? null),
        limit: limit ?? undefined,
      });
      return lfsReply(lockCheck(page, userOf(context)));
    },

    async unlock(context: ProjectContext) {
      const { request, params, facts } = context;
      const { force } = check(unlockRequest, await readLfs(request));
      if (force) context.require('admin_project');
      const id = number('id', params['id'] ?? '');
      if (id === undefined) throw notFound('lock');
      const by = { userId: userOf(context), force: force === true };
      return lfsReply(oneLock(await lfsLocks.remove(facts.project.id, id, by, context)));
    },
  };
}

/** A lock needs a user as its owner. Only users may push today, so that no other actor gets here. */
function userOf({ userId }: ProjectContext): number {
  if (userId === null) throw forbidden('Only users hold locks.');
  return userId;
}

function number(name: string, value: string | null): number | undefined {
  if (value === null || value === '') return undefined;
  if (!/^\d{1,15}$/.test(value)) throw unprocessable(`${name} is not a number`);
  return Number(value);
}
