import type { ProjectFacts } from '../../src/domain/access/facts.ts';
import type { PackageContents } from '../../src/domain/packages/contents.ts';
import type { Services } from '../../src/domain/services.ts';
import { packageProblem } from '../../src/http/package-problem.ts';
import { atEachLevel } from '../../src/http/packages/at-each-level.ts';
import { packageInAddress } from '../../src/http/packages/package-in-address.ts';
import type { PackageType } from '../../src/http/packages/package-type.ts';
import { documentReply } from '../../src/http/replies/document-reply.ts';
import { fileReply } from '../../src/http/replies/file-reply.ts';
import type { Problem, RequestContext, Route } from '../../src/http/route.ts';
import { invalidParameter } from '../../src/lib/errors.ts';

/** A text under a name and a version, and a list of the versions. */
export const text: PackageType = {
  type: 'text',
  title: 'Text packages',
  maxBytes: 1024 * 1024,
  documents: { package: ([contents]) => ({ versions: listOf(contents) }) },
  setup: ({ base, projectId, token }) => [
    {
      title: 'Publish a text',
      language: 'sh',
      text: `curl --header "Deploy-Token: ${token}" --upload-file text ${base}/api/v4/projects/${projectId}/packages/text/name/1.0`,
    },
  ],
  install: () => [],
  protocol: (services, { maxBytes }) => ({
    routes: textRoutes(services, maxBytes),
    render,
  }),
};

const listOf = ({ versions }: PackageContents) => versions.map(({ version }) => `${version}\n`).join('');

function textRoutes({ packages }: Services, maxBytes: number): Route[] {
  const publish = async (context: RequestContext<ProjectFacts>) => {
    const { facts, body } = context;
    const address = { type: 'text', name: word(context, 'name') };
    await packages.receiving(async (receive) => {
      const stored = await receive(facts.project, body ?? new Blob([]).stream(), { maxBytes });
      await packages.publish(
        facts.project,
        {
          ...address,
          version: word(context, 'version'),
          onConflict: 'reject_version',
          files: [{ name: 'text', stored }],
        },
        context,
      );
    });
    return new Response(null, { status: 201 });
  };

  const download = async (context: RequestContext<ProjectFacts>) => {
    const address = { type: 'text', name: word(context, 'name') };
    const file = await packages.file(context.facts.project, address, word(context, 'version'), 'text');
    const { sha256, created_at: modifiedAt } = file;
    return fileReply(context.request, await packages.open(file), { sha256, modifiedAt, filename: 'text' });
  };

  const list = async (context: RequestContext<ProjectFacts>) => {
    const found = await packages.find(context.facts.project, { type: 'text', name: word(context, 'name') });
    return documentReply(context, await packages.documents.read([found], 'versions'), 'text/plain');
  };

  const packageIn = packageInAddress('text', ({ name }) => name);
  return atEachLevel('text', [
    { method: 'GET', path: '/:name', access: { project: 'read_package' }, handler: list },
    { method: 'GET', path: '/:name/:version', access: { project: 'read_package' }, handler: download },
    { method: 'PUT', path: '/:name/:version', access: { project: 'create_package' }, packageIn, handler: publish },
  ]);
}

/** @throws PosternError for a name or a version that the type does not allow. */
function word({ params }: RequestContext, name: string): string {
  const value = params[name] ?? '';
  if (!/^[a-z0-9]([a-z0-9.-]{0,98}[a-z0-9])?$/.test(value)) throw invalidParameter(`${name} is invalid`);
  return value;
}

function render(problem: Problem): Response {
  const { status, message, headers } = packageProblem(problem);
  return new Response(`${message}\n`, { status, headers });
}
