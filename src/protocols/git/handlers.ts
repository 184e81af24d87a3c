import type { ProjectFacts } from '../../domain/access/facts.ts';
import type { GitService, Pusher } from '../../domain/repositories/repositories.ts';
import type { Services } from '../../domain/services.ts';
import type { Links } from '../../http/links.ts';
import { poolKeysOf } from '../../http/pool-keys.ts';
import { problemOf } from '../../http/problem.ts';
import type { RequestContext } from '../../http/route.ts';
import { forbidden, notFound, unsupportedMedia } from '../../lib/errors.ts';
import { readBody } from './body.ts';
import { sentenceOf, statusOf } from './errors.ts';
import { isVersion2, NO_CACHE, prefixed, protocolOf, serviceHeader, serviceOf } from './format.ts';

type ProjectContext = RequestContext<ProjectFacts>;

/** https://git-scm.com/docs/gitprotocol-http */
export function createHandlers({ repositories }: Services, links: Links) {
  const advertise = (service: GitService) => async (context: ProjectContext) => {
    const { request, facts } = context;
    if (request.method === 'HEAD') throw notAllowed();
    if (facts.moved) return redirect(facts.project.full_path, service);
    const protocol = protocolOf(request.headers.get('git-protocol'));
    const headers = { 'Content-Type': `application/x-git-${service}-advertisement`, ...NO_CACHE };
    if (isVersion2(service, protocol)) return new Response(await repositories.capabilities(facts.project), { headers });
    context.disableIdleTimeout();
    const { signal } = request;
    const client = poolKeysOf(context);
    const refs = await repositories.serve(facts.project, { mode: 'advertisement', service, protocol, signal, client });
    return new Response(context.track(prefixed(serviceHeader(service), refs.output)), { headers });
  };

  const fetch = async (context: ProjectContext) => {
    const request = { ...readRequest(context, 'upload-pack'), service: 'upload-pack' } as const;
    const { output } = await repositories.serve(context.facts.project, request);
    return reply(context, 'upload-pack', output);
  };

  const push = async (context: ProjectContext) => {
    const request = readRequest(context, 'receive-pack');
    const { output, updates } = await repositories.push(context.facts.project, pusherOf(context), request);
    void updates.then((done) => context.note({ ref_updates: done.length }));
    return reply(context, 'receive-pack', output);
  };

  const readRequest = (context: ProjectContext, service: GitService) => {
    const { request } = context;
    if (request.headers.get('content-type') !== `application/x-git-${service}-request`) {
      throw unsupportedMedia(`This address takes application/x-git-${service}-request.`);
    }
    const input = readBody(context, repositories.maxRequestBytes(service));
    context.disableIdleTimeout();
    const protocol = protocolOf(request.headers.get('git-protocol'));
    return { mode: 'stateless', input, protocol, signal: request.signal, client: poolKeysOf(context) } as const;
  };

  /**
   * Without a service, or with an unknown one, the request is in the "dumb" protocol, which reads the files of a
   * repository directly. It is not supported.
   */
  const refuseDumb = () => {
    throw notAllowed();
  };

  /**
   * Git requests `group/project/info/refs` when the user left out `.git`. It follows one redirect and then uses the new
   * address. Only clients that may read the project are redirected: for others the address looks like that of a missing
   * project.
   */
  const addSuffix = ({ query, facts }: ProjectContext) => {
    const service = serviceOf(query.get('service'));
    if (query.size > 1 || (query.size === 1 && service === undefined)) throw notFound('address');
    return redirect(facts.project.full_path, service);
  };

  /**
   * Git prints "warning: redirecting to ...", which shows users that a project was renamed. The address is absolute:
   * dulwich reads no other.
   */
  const redirect = (fullPath: string, service: GitService | undefined) => {
    const query = service === undefined ? '' : `?service=git-${service}`;
    return new Response(null, {
      status: 301,
      headers: { Location: `${links.repository(fullPath)}/info/refs${query}`, ...NO_CACHE },
    });
  };

  return { advertise, fetch, push, refuseDumb, addSuffix };
}

const pusherOf = ({ author, confirm }: ProjectContext): Pusher => ({
  author,
  confirm,
  refusalOf(error) {
    const problem = problemOf(error);
    return problem && (problem.denial ? sentenceOf(problem, statusOf(problem)) : problem.message);
  },
});

const reply = (context: ProjectContext, service: GitService, output: ReadableStream<Uint8Array>) =>
  new Response(context.track(output), {
    headers: { 'Content-Type': `application/x-git-${service}-result`, ...NO_CACHE },
  });

const notAllowed = () => forbidden("The command you're trying to execute is not allowed.");
