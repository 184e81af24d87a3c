import { z } from 'zod';
import type { ArchiveFormat } from '../../domain/repositories/repositories.ts';
import type { Services } from '../../domain/services.ts';
import { poolKeysOf } from '../../http/pool-keys.ts';
import { notAcceptable, notFound } from '../../lib/errors.ts';
import type { ApiRoute } from '../api-route.ts';
import { readQuery } from '../parameters.ts';
import { gitPath, type ProjectContext, READ, REPOSITORY } from './project-row.ts';

/** A larger archive ends in an error. */
const MAX_BYTES = 8 * 1024 * 1024 * 1024;

const FORMATS: Readonly<Record<string, { format: ArchiveFormat; type: string }>> = {
  'tar.gz': { format: 'tar.gz', type: 'application/gzip' },
  tgz: { format: 'tar.gz', type: 'application/gzip' },
  tar: { format: 'tar', type: 'application/x-tar' },
  zip: { format: 'zip', type: 'application/zip' },
};

const ArchiveQuery = z.object({
  sha: z.string().optional().describe('Branch, tag or commit; the default branch if absent'),
  path: z.string().default('').describe('Only this file or folder'),
});

function createHandlers({ repositories }: Services) {
  const archive = async (context: ProjectContext) => {
    const { sha, path: given } = readQuery(context, ArchiveQuery);
    const { request, params, facts } = context;
    const { project } = facts;
    const path = gitPath(given);
    const wanted = FORMATS[params['format'] ?? 'tar.gz'];
    if (!wanted) throw notAcceptable(`The formats of an archive are ${Object.keys(FORMATS).join(', ')}.`);
    const revision = sha ?? (await repositories.defaultBranch(project));
    const commit = await repositories.commitOf(project, revision);
    if (commit === null) throw notFound('commit');
    if (path !== '') await requirePath(context, commit, path);
    const prefix = nameOf(project.path, revision, commit, path);
    const headers = {
      'Content-Type': wanted.type,
      'Content-Disposition': `attachment; filename="${prefix}.${wanted.format}"`,
      ETag: `"${commit}"`,
    };
    if (request.method === 'HEAD') return new Response(null, { headers });
    context.disableIdleTimeout();
    const client = { client: poolKeysOf(context), signal: request.signal };
    const content = { revision: commit, format: wanted.format, prefix, path, maxBytes: MAX_BYTES };
    const body = await repositories.archive(project, { ...content, ...client });
    if (!body) throw notFound('commit');
    return new Response(context.track(body), { headers });
  };

  const requirePath = async ({ facts: { project } }: ProjectContext, revision: string, path: string) => {
    const folder = { revision, path, recursive: false, sizes: false, limit: 1 };
    if (await repositories.listTree(project, folder)) return;
    if (!(await repositories.readFile(project, { revision, path, maxBytes: 0 }))) throw notFound('tree');
  };

  return { archive };
}

/** The name of an archive and of the folder in it, as in GitLab: `project-main-SHA`. All characters are plain. */
function nameOf(...parts: readonly string[]): string {
  const [project = '', revision = '', commit = '', path = ''] = parts.map((part) =>
    part.replace(/[^A-Za-z0-9_.-]+/g, '-'),
  );
  const end = path === '' ? '' : `-${path.slice(0, 40)}`;
  return `${project.slice(0, 40)}-${revision.slice(0, 40)}-${commit}${end}`.replace(/^[^A-Za-z0-9_]+/, '');
}

/** https://docs.gitlab.com/api/repositories/#get-file-archive */
export function archiveRoutes(services: Services): ApiRoute[] {
  const { archive } = createHandlers(services);
  return [
    {
      method: 'GET',
      path: `${REPOSITORY}/archive`,
      access: READ,
      handler: archive,
      doc: { ...DOC, summary: 'Get all files in an archive (tar.gz)', query: ArchiveQuery },
    },
    {
      method: 'GET',
      path: `${REPOSITORY}/archive.:format`,
      access: READ,
      handler: archive,
      doc: { ...DOC, summary: 'Get all files in an archive', params: FORMAT, query: ArchiveQuery },
    },
  ];
}

const DOC = {
  tag: 'Repository',
  description: 'Files in Git LFS are included as their pointers.',
  reply: { status: 200, bytes: true },
} as const;
const FORMAT = z.object({ format: z.enum(['tar.gz', 'tgz', 'tar', 'zip']) });
