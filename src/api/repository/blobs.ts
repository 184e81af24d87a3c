import { z } from 'zod';
import type { Services } from '../../domain/services.ts';
import { json } from '../../http/replies/json.ts';
import { notFound, tooLarge } from '../../lib/errors.ts';
import type { ApiRoute } from '../api-route.ts';
import { type ProjectContext, READ, REPOSITORY } from './project-row.ts';
import { MAX_IN_JSON, rawReply } from './raw-reply.ts';

const ShownBlob = z
  .object({ size: z.int(), encoding: z.literal('base64'), content: z.string(), sha: z.string() })
  .meta({ id: 'Blob' });

function createHandlers({ repositories }: Services) {
  const find = async ({ facts, params }: ProjectContext) => {
    const blob = await repositories.findBlob(facts.project, params['sha'] ?? '');
    if (!blob) throw notFound('git blob');
    return blob;
  };

  const get = async (context: ProjectContext) => {
    const { id, size } = await find(context);
    if (size > MAX_IN_JSON)
      throw tooLarge(`The blob is larger than ${MAX_IN_JSON} bytes. Get it from the address with "/raw".`);
    const bytes = await repositories.readBlob(context.facts.project, id);
    return json({ size, encoding: 'base64', content: Buffer.from(bytes).toString('base64'), sha: id });
  };

  const raw = async (context: ProjectContext) => {
    const { id, size } = await find(context);
    return rawReply(context, repositories, { id, size, filename: id });
  };

  return { get, raw };
}

/** https://docs.gitlab.com/api/repositories/#get-a-blob-from-repository */
export function blobRoutes(services: Services): ApiRoute[] {
  const { get, raw } = createHandlers(services);
  return [
    {
      method: 'GET',
      path: `${REPOSITORY}/blobs/:sha`,
      access: READ,
      handler: get,
      doc: { ...TAG, summary: 'Get a blob', params: SHA, reply: { status: 200, schema: ShownBlob } },
    },
    {
      method: 'GET',
      path: `${REPOSITORY}/blobs/:sha/raw`,
      access: READ,
      handler: raw,
      doc: { ...TAG, summary: 'Get the bytes of a blob', params: SHA, reply: { status: 200, bytes: true } },
    },
  ];
}

const TAG = { tag: 'Repository' } as const;
const SHA = z.object({ sha: z.string().describe('Full object ID; a branch must lead to it') });
