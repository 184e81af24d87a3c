import type { ProjectFacts } from '../../domain/access/facts.ts';
import type { Services } from '../../domain/services.ts';
import type { Links } from '../../http/links.ts';
import type { Exchange } from '../../http/route.ts';
import { standingOf } from '../../http/standing.ts';
import { nameKey } from './format.ts';
import { simpleMaker } from './read-handlers.ts';
import { readUpload } from './upload-form.ts';

/** @param maxBytes the largest file that is taken. */
export function createPublishHandlers({ packages }: Services, links: Links, maxBytes: number) {
  return {
    /** `twine upload`: one file for each request. */
    async upload(exchange: Exchange<ProjectFacts>): Promise<Response> {
      exchange.allowSilence();
      const { name, version, metadata, content, signature } = await readUpload(packages, exchange.request, maxBytes);
      await packages.publish(
        exchange.facts.project,
        {
          ...{ type: 'pypi', name, nameKey: nameKey(name), version, metadata, onConflict: 'reject_file' },
          files: [content, ...(signature ? [signature] : [])],
          documents: simpleMaker(links),
        },
        { by: exchange.doer, level: standingOf(exchange) },
      );
      return Response.json({ message: '201 Created' }, { status: 201 });
    },
  };
}
