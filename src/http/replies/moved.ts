import { type Facts, subjectOf } from '../../domain/access/facts.ts';
import type { Links } from '../links.ts';
import { simpleProblem } from '../problem.ts';
import type { Problem, Route } from '../route.ts';

/**
 * The answer to an address with a path that a project or group had before: reading is sent on to the address with its
 * number, which never changes; changing something is refused, because a client that follows a redirect may turn a POST
 * into a GET and lose the body. Asked only after the decision, so that it tells nobody where something hidden went.
 * @returns null when nothing moved, or when the row finds its project by another kind of name.
 */
export function answerMoved(
  { access, path }: Route,
  facts: Facts,
  request: Request,
  links: Links,
): Response | Problem | null {
  if (access.on !== 'project' && access.on !== 'group') return null;
  if (access.by !== 'id' || (facts.on !== 'project' && facts.on !== 'group') || !facts.moved) return null;
  const { id, full_path: now } = subjectOf(facts);
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    const message = `Non GET methods are not allowed for moved ${facts.on}s`;
    const hint = `This ${facts.on} is ${now} now: use that path, or its number ${id}, which never changes.`;
    return { ...simpleProblem(405, 'moved', message), hint, allow: ['HEAD', 'GET'] };
  }
  const { pathname, search } = new URL(request.url);
  const position = path.split('/').indexOf(`:${access.param}`);
  const target = pathname.split('/').with(position, String(id)).join('/');
  return new Response(null, {
    status: 301,
    headers: { Location: `${links.base()}${target}${search}`, 'Cache-Control': 'no-store' },
  });
}
