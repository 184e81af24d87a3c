import type { ProjectFacts } from '../../domain/access/facts.ts';
import type { Services } from '../../domain/services.ts';
import { fileReply } from '../../http/file-reply.ts';
import type { Exchange } from '../../http/route.ts';
import { standingOf } from '../../http/standing.ts';
import { lastPart, parseAddress, parseStatus, showFile } from './format.ts';
import { readFile } from './upload-body.ts';

type ProjectExchange = Exchange<ProjectFacts>;

/** @param maxBytes the largest file that is taken. */
export function createHandlers({ packages }: Services, maxBytes: number) {
  return {
    async publish(exchange: ProjectExchange): Promise<Response> {
      const { request, facts, doer, query } = exchange;
      const { name, version, file } = parseAddress(exchange.params);
      const asked = parseStatus(query.get('status'));
      exchange.allowSilence();
      const { stored, field } = await readFile(packages, facts.project, request, maxBytes);
      const status = query.has('status') ? asked : parseStatus(field('status'));
      const published = await packages.publish(
        facts.project,
        {
          ...{ type: 'generic', name, version, onConflict: 'add_file', files: [{ name: file, stored }] },
          ...(status === undefined ? {} : { status }),
        },
        { by: doer, level: standingOf(exchange) },
      );
      const [first] = published.files;
      const shown =
        (query.get('select') ?? field('select')) === 'package_file' && first
          ? showFile(first, published.version.id)
          : null;
      return Response.json(shown ?? { message: '201 Created' }, { status: 201 });
    },

    async download(exchange: ProjectExchange): Promise<Response> {
      const { name, version, file } = parseAddress(exchange.params);
      const found = await packages.file(exchange.facts.project, { type: 'generic', name }, version, file);
      exchange.allowSilence();
      const { sha256 } = found;
      return fileReply(exchange.request, await packages.open(found), { sha256, filename: lastPart(file) });
    },
  };
}
