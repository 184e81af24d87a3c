import { z } from 'zod';
import type { LogEntry } from '../../domain/repositories/repositories.ts';
import type { Links } from '../../http/links.ts';

/** An instant in the zone of the person: git keeps it. */
const Zoned = z.string().meta({ format: 'date-time', examples: ['2027-02-14T08:00:00.000+01:00'] });

export const ShownCommit = z
  .object({
    id: z.string(),
    short_id: z.string(),
    created_at: Zoned,
    parent_ids: z.array(z.string()),
    title: z.string(),
    message: z.string().describe('Cut off after 64 KiB'),
    author_name: z.string(),
    author_email: z.string(),
    authored_date: Zoned,
    committer_name: z.string(),
    committer_email: z.string(),
    committed_date: Zoned,
    trailers: z.object({}).describe('Empty: trailers are part of the message'),
    extended_trailers: z.object({}),
    web_url: z.string().describe('The page of the project: a commit has no page of its own'),
  })
  .meta({ id: 'Commit' });

/** How many digits of an ID people are shown. */
const SHORT = 8;

/** Shows commits in the form of the API. @param fullPath the path of the project. */
export const commitPresenter =
  (links: Links, fullPath: string) =>
  ({ id, parents, author, committer, message }: LogEntry): z.output<typeof ShownCommit> => ({
    id,
    short_id: id.slice(0, SHORT),
    created_at: zoned(committer.date),
    parent_ids: parents,
    title: message.split('\n', 1)[0] ?? '',
    message,
    author_name: author.name,
    author_email: author.email,
    authored_date: zoned(author.date),
    committer_name: committer.name,
    committer_email: committer.email,
    committed_date: zoned(committer.date),
    trailers: {},
    extended_trailers: {},
    web_url: links.project(fullPath),
  });

/** GitLab writes milliseconds, which git does not keep, and the zone as a number. */
const zoned = (date: string): string =>
  date.replace(/Z$/, '+00:00').replace(/(:\d{2})(?:\.\d+)?([+-]\d{2}:\d{2})$/, '$1.000$2');
