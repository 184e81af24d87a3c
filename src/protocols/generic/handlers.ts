import type { ProjectFacts } from '../../domain/access/facts.ts';
import type { Services } from '../../domain/services.ts';
import { announcedSize } from '../../http/announced-size.ts';
import { fileReply } from '../../http/file-reply.ts';
import type { Exchange } from '../../http/route.ts';
import { standingOf } from '../../http/standing.ts';
import { invalidParameter } from '../../lib/errors.ts';
import { lastPart, parseAddress, parseStatus, showFile } from './format.ts';

type ProjectExchange = Exchange<ProjectFacts>;

/** @param maxBytes the largest file that is taken. */
export function createHandlers({ packages }: Services, maxBytes: number) {
  return {
    async publish(exchange: ProjectExchange): Promise<Response> {
      const { request, facts, doer, query } = exchange;
      const { name, version, file } = parseAddress(exchange.params);
      const status = parseStatus(query.get('status'));
      // What `curl --form` sends is the file with lines around it: stored as it is, it would come back spoilt.
      if (/^multipart\//i.test(request.headers.get('content-type') ?? ''))
        throw invalidParameter('file is invalid', 'Send the file itself as the body: curl --upload-file.');
      exchange.allowSilence();
      const size = announcedSize(request);
      const body = request.body ?? new Blob([]).stream();
      const stored = await packages.receive(facts.project, body, { maxBytes, ...(size === undefined ? {} : { size }) });
      const published = await packages.publish(
        facts.project,
        { type: 'generic', name, version, status, onConflict: 'add_file', files: [{ name: file, stored }] },
        { by: doer, level: standingOf(exchange) },
      );
      const [first] = published.files;
      const shown = query.get('select') === 'package_file' && first ? showFile(first, published.version.id) : null;
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
