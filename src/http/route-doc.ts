import type { z } from 'zod';

/**
 * What the OpenAPI document says of a row. The schemas are the ones that the handler reads with, so that the document
 * cannot promise anything else.
 */
export interface RouteDoc {
  /** The heading it stands under, a plural noun: `Deploy tokens`. */
  tag: string;
  /** One line in the imperative, without a full stop. */
  summary: string;
  /** What the summary leaves out, in sentences. */
  description?: string;
  /** Path parameters other than the project or group of the row's access, which describes itself. */
  params?: z.ZodObject;
  query?: z.ZodObject;
  /** The body, as JSON or as a form. */
  body?: z.ZodObject;
  /** What comes back when all went well; `schema` left out: no body. */
  reply: { status: number; schema?: z.ZodType /** A list in pages, with GitLab's pagination headers. */; paged?: true };
}
