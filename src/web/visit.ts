import type { Child } from 'hono/jsx';
import type { Permission } from '../authz/permissions.ts';
import type { VisibilityFilter } from '../domain/access/visibility-filter.ts';
import type { Check } from '../domain/diagnostics/check.ts';
import type { Services } from '../domain/services.ts';
import type { Links } from '../http/links.ts';
import type { RequestContext } from '../http/route.ts';
import type { PackageKind, TokenSetups } from '../http/setup.ts';

/** @returns null when it is right, else a sentence; `retryAfterSeconds` is more than 0 when it was not tried. */
type ConfirmPassword = (
  username: string,
  password: string,
  from: { ip: string; requestId: string },
) => Promise<{ message: string; retryAfterSeconds: number } | null>;

/** How the server is. */
export interface Diagnostics {
  checks: Check[];
  engine: 'sqlite' | 'postgres';
  /** Where blobs lie, in words. */
  blobs: string;
}

/** The dependencies of pages. */
export interface Web {
  services: Services;
  links: Links;
  now(): number;
  /**
   * Whether a password is someone's, with the limits and the log of a sign-in: who found an open browser may guess as
   * well.
   */
  confirmPassword: ConfirmPassword;
  /** The commands that a new token is handed out with. */
  setups: TokenSetups;
  diagnostics(): Promise<Diagnostics>;
  packageKinds: readonly PackageKind[];
}

/** One request for a page, with what pages ask again and again. */
export interface Visit<F = unknown> {
  context: RequestContext<F>;
  facts: F;
  params: Readonly<Record<string, string>>;
  /** The query parameters, with flash words only if a form response set them: see `flash.ts`. */
  query: URLSearchParams;
  /** The signed-in user; null if none. */
  actor: { id: number; username: string; admin: boolean; sessionId: number } | null;
  /** Whether they may, on what this page is about. */
  can(permission: Permission): boolean;
  /** The visibility filter for lists. */
  visibilityFilter: VisibilityFilter;
  /**
   * Of the groups that the project or group is in, those that they may open, by full path: one who was let into a
   * project alone sees none.
   */
  openAbove: ReadonlySet<string>;
  now: number;
  /** The CSRF token of this session; empty if nobody is signed in. */
  formToken: string;
  /** The CSRF token for forms on pages with a secret. */
  untoldFormToken(): string;
}

/** The result of a handler; the common frame is added later. */
export interface Page {
  title: string;
  body: Child;
  status?: number;
  /** After how many seconds what was asked for can be tried again. */
  retryAfterSeconds?: number;
  /** The answer to a form, at the form's own address: a reload goes to this page instead, and so do its lists. */
  place?: string;
  /** The page shows a secret, so it sends no referrer. */
  secret?: boolean;
}
