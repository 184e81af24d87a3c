/** @jsxImportSource hono/jsx */
import type { GroupFacts, ProjectFacts } from '../../domain/access/facts.ts';
import type { Visit } from '../page.ts';

interface NotForYouProps {
  visit: Visit<ProjectFacts | GroupFacts>;
  /** What would be here: `images`. */
  what: string;
  /** How it would get here: `push`. */
  how: string;
}

/** Where there is nothing yet, and who looks cannot change that: what they can do instead. */
export function NotForYou({ visit: { facts, actor: user }, what, how }: NotForYouProps) {
  if (facts.on === 'project' && facts.archived) return <p>The project is archived: no {what} are taken any more.</p>;
  if (user === null) return <p>What those who work on the project {how} stands here.</p>;
  return (
    <p>
      What others {how} stands here. To {how} {what} yourself, ask a maintainer of the project for the role of a
      developer, or for a deploy token.
    </p>
  );
}
