import type { Access } from '../../domain/access/facts.ts';
import type { AccessResolver } from '../../http/route.ts';
import { thenMaybe } from '../../lib/maybe-promise.ts';

/** By the name of an image: the longest part of it that is a project's path names the project. */
export const byImage = (access: Access): AccessResolver<'project'> => ({
  name: 'image',
  find({ name = '' }, { userId }) {
    const resource = { image: name };
    return thenMaybe(access.project(resource, userId), (target) => ({ target, resource }));
  },
});
