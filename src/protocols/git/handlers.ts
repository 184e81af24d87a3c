import type { ProjectFacts } from '../../domain/access/facts.ts';
import type { GitService } from '../../domain/repositories/repositories.ts';
import type { Services } from '../../domain/services.ts';
import type { Exchange } from '../../http/route.ts';
import { isVersion2, NO_CACHE, protocolOf, serviceHeader } from './format.ts';

type ProjectExchange = Exchange<ProjectFacts>;

export function createHandlers({ repositories }: Services) {
  const advertise = (service: GitService) => async (exchange: ProjectExchange) => {
    const protocol = protocolOf(exchange.request.headers.get('git-protocol'));
    exchange.allowSilence();
    const git = await repositories.advertise(exchange.facts.project, service, protocol);
    await git.stdin.end();
    const head = isVersion2(service, protocol) ? '' : serviceHeader(service);
    const body = new Blob([head, await new Response(git.stdout).arrayBuffer()]);
    return new Response(body, {
      headers: { 'Content-Type': `application/x-git-${service}-advertisement`, ...NO_CACHE },
    });
  };

  const serve = (service: GitService) => async (exchange: ProjectExchange) => {
    const { request } = exchange;
    exchange.allowSilence();
    const git = await repositories.serve(
      exchange.facts.project,
      service,
      protocolOf(request.headers.get('git-protocol')),
    );
    const zipped = /^(x-)?gzip$/.test(request.headers.get('content-encoding') ?? '');
    const body = zipped ? request.body?.pipeThrough(new DecompressionStream('gzip')) : request.body;
    void feed(git.stdin, body ?? null);
    return new Response(exchange.track(git.stdout), {
      headers: { 'Content-Type': `application/x-git-${service}-result`, ...NO_CACHE },
    });
  };

  return { advertise, serve };
}

async function feed(stdin: Bun.FileSink, body: ReadableStream<Uint8Array> | null): Promise<void> {
  try {
    if (body) {
      for await (const chunk of body) {
        stdin.write(chunk);
        await stdin.flush();
      }
    }
  } finally {
    await stdin.end();
  }
}
