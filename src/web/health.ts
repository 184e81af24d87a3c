import type { Protocol, Route } from '../http/route.ts';
import { NOBODY, render } from './errors.tsx';

/**
 * Endpoints for load balancers, supervisors and monitoring. They come before all other protocols, because they must
 * answer when those cannot.
 */
export function healthProtocol(ready: () => Promise<unknown>, metrics: () => Promise<string>): Protocol {
  return {
    name: 'health',
    routes: healthRoutes(ready, metrics),
    credentials: { deployTokens: false, passwords: false, exactUsername: false },
    headers: { 'Cache-Control': 'no-store' },
    render: (problem, request, requestId) => render(problem, request, requestId, NOBODY),
  };
}

/** Health, for load balancers and supervisors. @param ready rejects when the server cannot do its work. */
function healthRoutes(ready: () => Promise<unknown>, metrics: () => Promise<string>): Route[] {
  const open = (why: string) => ({ on: 'anyone', why }) as const;
  const status = async () => Response.json({ status: 'ok' });
  const readiness = async () => {
    try {
      await ready();
      return Response.json({ status: 'ok' });
    } catch {
      return Response.json({ status: 'failed' }, { status: 503 });
    }
  };
  const text = { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' };
  return [
    { method: 'GET', path: '/-/health', access: open('reveals only that the process runs'), handler: status },
    { method: 'GET', path: '/-/liveness', access: open('reveals only that the process runs'), handler: status },
    {
      method: 'GET',
      path: '/-/readiness',
      access: open('reveals only whether the database and the storage work'),
      handler: readiness,
    },
    {
      method: 'GET',
      path: '/-/metrics',
      access: open('aggregate counts; no names of projects, users or tokens'),
      handler: async () => new Response(await metrics(), { headers: text }),
    },
  ];
}
