import type { Problem, Room } from '../http/route.ts';

/** The addresses for people, and for whatever looks after the server. */
export function webRoom(routes: Room['routes']): Room {
  return {
    name: 'web',
    routes,
    credentials: { deployTokens: false, passwords: false, exactUsername: false },
    headers: { 'Cache-Control': 'no-store' },
    render: (problem: Problem) =>
      new Response(`${problem.message}\n`, {
        status: problem.status,
        headers: { 'Content-Type': 'text/plain; charset=utf-8' },
      }),
  };
}
