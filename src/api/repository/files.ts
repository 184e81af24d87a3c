import { z } from 'zod';
import type { Services } from '../../domain/services.ts';
import { json } from '../../http/replies/json.ts';
import { notFound, tooLarge } from '../../lib/errors.ts';
import type { ApiRoute } from '../api-route.ts';
import { readQuery } from '../parameters.ts';
import { type ProjectContext, READ, REPOSITORY } from './project-row.ts';
import { MAX_IN_JSON, rawReply } from './raw-reply.ts';

const Ref = z.string().describe('Branch, tag or commit; `HEAD`: the default branch');
const FileQuery = z.object({ ref: Ref });
const RawQuery = z.object({ ref: Ref.default('HEAD') });

const ShownFile = z
  .object({
    file_name: z.string(),
    file_path: z.string(),
    size: z.int(),
    encoding: z.literal('base64'),
    content: z.string(),
    content_sha256: z.string(),
    ref: z.string(),
    blob_id: z.string(),
    commit_id: z.string(),
    last_commit_id: z.string().describe('The newest commit that changed the file'),
    execute_filemode: z.boolean(),
  })
  .meta({ id: 'RepositoryFile' });

function createHandlers({ repositories }: Services) {
  /** Reads a file with the commit that last changed it. @param maxBytes the content of a larger one is not read. */
  const find = async ({ facts: { project }, params }: ProjectContext, ref: string, maxBytes: number) => {
    const path = params['file_path'] ?? '';
    const file = await repositories.readFile(project, { revision: ref, path, maxBytes });
    if (!file) throw notFound('repository file');
    const [last] = (await repositories.log(project, { revision: file.commit, path, skip: 0, limit: 1 })) ?? [];
    const { bytes, size, id, commit, executable } = file;
    const described = {
      file_name: path.slice(path.lastIndexOf('/') + 1),
      file_path: path,
      size,
      encoding: 'base64' as const,
      ref,
      blob_id: id,
      commit_id: commit,
      last_commit_id: last?.id ?? commit,
      execute_filemode: executable,
    };
    const sha256 = bytes && new Bun.CryptoHasher('sha256').update(bytes).digest('hex');
    return { bytes, described, content: sha256 === null ? {} : { content_sha256: sha256 } };
  };

  const get = async (context: ProjectContext) => {
    const { ref } = readQuery(context, FileQuery);
    const { bytes, described, content } = await find(context, ref, MAX_IN_JSON);
    const headers = headersOf({ ...described, ...content });
    if (context.request.method === 'HEAD') return new Response(null, { headers });
    if (!bytes) throw tooLarge(`The file is larger than ${MAX_IN_JSON} bytes. Get it from the address with "/raw".`);
    return json({ ...described, ...content, content: Buffer.from(bytes).toString('base64') }, 200, headers);
  };

  const raw = async (context: ProjectContext) => {
    const { ref } = readQuery(context, RawQuery);
    const { described } = await find(context, ref, 0);
    const { blob_id: id, size, file_name: filename } = described;
    return rawReply(context, repositories, { id, size, filename }, headersOf(described));
  };

  return { get, raw };
}

/** The properties of a file in headers: `blob_id` is `X-Gitlab-Blob-Id`. A name is escaped where a header must be. */
function headersOf(properties: Record<string, string | number | boolean>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [
      `X-Gitlab-${name.replace(/(^|_)(\w)/g, (_, gap, letter) => `${gap && '-'}${letter.toUpperCase()}`)}`,
      String(value).replace(/[^\x20-\x7e]+/g, encodeURIComponent),
    ]),
  );
}

/** https://docs.gitlab.com/api/repository_files */
export function fileRoutes(services: Services): ApiRoute[] {
  const { get, raw } = createHandlers(services);
  return [
    {
      method: 'GET',
      path: `${REPOSITORY}/files/:file_path`,
      access: READ,
      handler: get,
      doc: {
        ...TAG,
        summary: 'Get a file of a repository',
        description: `A response to \`HEAD\` has the properties in \`X-Gitlab-\` headers. The content of a file of more than ${MAX_IN_JSON} bytes is only sent raw.`,
        params: FILE_PATH,
        query: FileQuery,
        reply: { status: 200, schema: ShownFile },
      },
    },
    {
      method: 'GET',
      path: `${REPOSITORY}/files/:file_path/raw`,
      access: READ,
      handler: raw,
      doc: {
        ...TAG,
        summary: 'Get the bytes of a file of a repository',
        description: 'For a file in Git LFS, the response is its pointer.',
        params: FILE_PATH,
        query: RawQuery,
        reply: { status: 200, bytes: true },
      },
    },
  ];
}

const TAG = { tag: 'Repository' } as const;
const FILE_PATH = z.object({ file_path: z.string().describe('URL-encoded path: `src%2Fmain.c`') });
