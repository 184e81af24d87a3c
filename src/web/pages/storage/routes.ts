import type { Stored } from '../../../domain/quota/storage.ts';
import type { Route } from '../../../http/route.ts';
import { mistakesOf } from '../../mistakes.ts';
import { formRow, type Page, pageRow, redirect, type Web } from '../../page.ts';
import { FULL_PATH } from '../../paths.ts';
import { limitIn } from './limit-in.ts';
import { type StorageVisit, storagePage, storagePath } from './storage-page.tsx';

/**
 * Settings > Storage of a project and of a group. A path of a group looks like one of a project too, so groups are
 * tried first.
 */
export function storageRoutes(web: Web): Route[] {
  const show = async (visit: StorageVisit) => storagePage(visit, await web.services.storage.use(storedAt(visit)));
  const save = (visit: StorageVisit, form: URLSearchParams) => setLimit(web, visit, form);
  return (['group', 'project'] as const).flatMap((on) => {
    const page = `${on === 'group' ? '/groups' : ''}/${FULL_PATH}/-/usage_quotas`;
    const place = { on, by: 'path', param: 'path' } as const;
    return [
      pageRow(web, page, { ...place, permission: 'read_statistics' }, show),
      formRow(web, page, { ...place, permission: 'admin_storage_limit' }, save),
    ];
  });
}

const storedAt = ({ facts }: StorageVisit): Stored =>
  facts.on === 'project' ? { kind: 'project', project: facts.project } : { kind: 'namespace', group: facts.group };

async function setLimit({ services }: Web, visit: StorageVisit, form: URLSearchParams): Promise<Page | Response> {
  const stored = storedAt(visit);
  try {
    await services.storage.setLimit(stored, limitIn(form), visit.context);
    return redirect(storagePath(visit, '?saved'));
  } catch (error) {
    const mistakes = mistakesOf(error, {});
    if (!mistakes) throw error;
    const page = storagePage(visit, await services.storage.use(stored), { values: form, mistakes });
    return { ...page, status: 422, place: storagePath(visit) };
  }
}
