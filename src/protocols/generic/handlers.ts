import type { ProjectFacts } from '../../domain/access/facts.ts';
import type { Receive } from '../../domain/packages/receiving.ts';
import type { Services } from '../../domain/services.ts';
import { fileReply } from '../../http/replies/file-reply.ts';
import type { RequestContext } from '../../http/route.ts';
import { defined } from '../../lib/defined.ts';
import { lastPart, parseAddress, parseStatus, showFile } from './format.ts';
import { readFile } from './upload-body.ts';

type ProjectContext = RequestContext<ProjectFacts>;

/** @param maxBytes the largest accepted file. */
export function createHandlers({ packages }: Services, maxBytes: number) {
  const publish = async (context: ProjectContext, receive: Receive): Promise<Response> => {
    const { facts, query } = context;
    const { name, version, file } = parseAddress(context.params);
    const asked = parseStatus(query.get('status'));
    context.disableIdleTimeout();
    const { stored, field } = await readFile(receive, context, maxBytes);
    const status = query.has('status') ? asked : parseStatus(field('status'));
    const published = await packages.publish(
      facts.project,
      {
        type: 'generic',
        name,
        version,
        onConflict: 'add_file',
        files: [{ name: file, stored }],
        ...defined({ status }),
      },
      context,
    );
    const [first] = published.files;
    const shown =
      (query.get('select') ?? field('select')) === 'package_file' && first
        ? showFile(first, published.version.id)
        : null;
    return Response.json(shown ?? { message: '201 Created' }, { status: 201 });
  };

  return {
    publish: (context: ProjectContext): Promise<Response> => packages.receiving((receive) => publish(context, receive)),

    async download(context: ProjectContext): Promise<Response> {
      const { name, version, file } = parseAddress(context.params);
      const found = await packages.file(context.facts.project, { type: 'generic', name }, version, file);
      context.disableIdleTimeout();
      const { sha256, created_at: modifiedAt } = found;
      return fileReply(context.request, await packages.open(found), { sha256, modifiedAt, filename: lastPart(file) });
    },
  };
}
