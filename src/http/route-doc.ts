import type { z } from 'zod';

/**
 * The OpenAPI documentation of a row. The schemas are the ones that the handler reads with, so that the document
 * cannot promise anything else.
 */
export interface RouteDoc {
  /** Its heading, a plural noun: `Deploy tokens`. */
  tag: string;
  /** One line in the imperative, without a full stop. */
  summary: string;
  /** Details beyond the summary, in sentences. */
  description?: string;
  /** Path parameters other than the project or group of the row's access, which describes itself. */
  params?: z.ZodObject;
  query?: z.ZodObject;
  /** The body, as JSON or as a form. */
  body?: z.ZodObject;
  /** The successful response; without `schema`: no body. */
  reply: {
    status: number;
    schema?: z.ZodType;
    /** A list in pages, with GitLab's pagination headers. */
    paged?: true;
    /** The body is the bytes of a file. */
    bytes?: true;
  };
}
