import type { Access } from '../../domain/access/facts.ts';
import { ownerOfUpload } from '../../domain/images/upload-id.ts';
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

/** By the name of an image, and an upload of it: an upload belongs to the credential that began it. */
export function byUpload(access: Access): AccessResolver<'project'> {
  const image = byImage(access);
  return {
    name: 'image and own upload',
    find: (params, caller) =>
      thenMaybe(image.find(params, caller), (found) => ({
        ...found,
        owned: { what: 'upload', by: ownerOfUpload(params['upload'] ?? '') },
      })),
  };
}
