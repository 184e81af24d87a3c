/** @jsxImportSource hono/jsx */
import type { GroupFacts, ProjectFacts } from '../../domain/access/facts.ts';
import type { Visit } from '../page.ts';

interface NotForYouProps {
  visit: Visit<ProjectFacts | GroupFacts>;
  /** The content that the page would list: `images`. */
  what: string;
  /** The verb for adding such content: `push`. */
  how: string;
}

/** The text of an empty list for a visitor without the permission to add to it: how to get that permission. */
export function NotForYou({ visit: { facts, actor: user }, what, how }: NotForYouProps) {
  if (facts.on === 'project' && facts.archived) return <p>This project is archived and accepts no new {what}.</p>;
  if (user === null)
    return (
      <p>
        Members of the project {how} {what} with its usual clients.
      </p>
    );
  return (
    <p>
      To {how} {what}, ask a maintainer of the project for the role Developer or for a deploy token.
    </p>
  );
}
