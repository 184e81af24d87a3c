import { type GroupFacts, type ProjectFacts, subjectOf } from '../../../domain/access/facts.ts';
import type { Visibility } from '../../../domain/visibility.ts';
import type { Visit, Web } from '../../page.ts';
import { groupPath, projectPath } from '../../paths.ts';

export type SettingsVisit = Visit<ProjectFacts | GroupFacts>;

/** The subject of a settings page. */
export interface SettingsSubject {
  kind: 'project' | 'group';
  name: string;
  /** Its own part of the address, and the whole. */
  part: string;
  path: string;
  description: string;
  visibility: Visibility;
  /** The namespace it is in; null: a group at the top. */
  parentId: number | null;
  /** The address of its page; of what is done there, with a word behind it. */
  page(action?: string): string;
}

export function settingsSubjectOf({ facts }: SettingsVisit): SettingsSubject {
  const { name, path: part, full_path: path, description, visibility } = subjectOf(facts);
  const page = (action = '') =>
    facts.on === 'project' ? projectPath(path, `/edit${action}`) : groupPath(path, `/-/edit${action}`);
  const parentId = facts.on === 'project' ? facts.project.namespace_id : facts.group.parent_id;
  return { kind: facts.on, name, part, path, description, visibility, parentId, page };
}

/** Additional data for the page. */
export interface Around {
  /** The group that it is in, which holds back how visible it may be. */
  within: { name: string; visibility: Visibility } | null;
  /** The content that would be deleted: a count and its unit. */
  holds: [number, string][];
  /** The branch that a clone checks out; empty for a group. */
  defaultBranch: string;
}

export async function readAround(web: Web, visit: SettingsVisit): Promise<Around> {
  const { parentId } = settingsSubjectOf(visit);
  const parent = parentId === null ? null : await web.services.access.namespace(parentId, visit.actor?.id ?? null);
  const group = parent?.on === 'group' && parent.group.kind === 'group' ? parent.group : null;
  const { facts } = visit;
  return {
    within: group && { name: group.name, visibility: group.visibility },
    holds: await holdsOf(web, visit),
    defaultBranch: facts.on === 'project' ? await web.services.repositories.defaultBranch(facts.project) : '',
  };
}

const FIRST = { page: 1, perPage: 1 };

async function holdsOf({ services }: Web, { facts, visibilityFilter }: SettingsVisit): Promise<Around['holds']> {
  const { deployTokens, packages, images, projects, groups } = services;
  if (facts.on === 'group') {
    const order = { by: 'id', direction: 'asc' } as const;
    const owner = { kind: 'group', id: facts.group.id } as const;
    const [inside, below, tokens] = await Promise.all([
      projects.list(visibilityFilter, { lineage: facts.lineage }, order, FIRST),
      groups.list(visibilityFilter, { kind: 'group', parentId: facts.group.id }, order, FIRST),
      deployTokens.list({ owner, active: true }, FIRST),
    ]);
    return [
      [inside.total, 'projects, with their code, images and packages'],
      [below.total, 'subgroups at all levels'],
      [tokens.total, 'active deploy tokens of its own'],
    ];
  }
  const { project } = facts;
  const [versions, repositories, tokens] = await Promise.all([
    packages.listing.list(project, {}, { by: 'created_at', direction: 'desc' }, FIRST),
    images.repositories.list(project, FIRST),
    deployTokens.list({ owner: { kind: 'project', id: project.id }, active: true }, FIRST),
  ]);
  return [
    [repositories.total, 'images, with all their tags'],
    [versions.total, 'package versions'],
    [tokens.total, 'active deploy tokens'],
  ];
}
