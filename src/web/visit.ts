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

/** What pages are made with. */
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
  /** What the address says; of what was just done only what the answer to a form has said: see `flash.ts`. */
  query: URLSearchParams;
  /** Who is signed in; null: nobody. */
  actor: { id: number; username: string; admin: boolean; sessionId: number } | null;
  /** Whether they may, on what this page is about. */
  can(permission: Permission): boolean;
  /** Whose eyes lists are made for. */
  visibilityFilter: VisibilityFilter;
  /**
   * Of the groups that the project or group is in, those that they may open, by full path: one who was let into a
   * project alone sees none.
   */
  openAbove: ReadonlySet<string>;
  now: number;
  /** What every form of this session carries; empty when nobody is signed in. */
  formToken: string;
  /** What the forms of a page with a secret carry instead. */
  untoldFormToken(): string;
}

/** What a handler makes; the frame around it is put there for all alike. */
export interface Page {
  title: string;
  body: Child;
  status?: number;
  /** After how many seconds what was asked for can be tried again. */
  retryAfterSeconds?: number;
  /** The answer to a form, at the form's own address: a reload goes to this page instead, and so do its lists. */
  place?: string;
  /** It shows a secret: nobody is told where one comes from who leaves it. */
  secret?: boolean;
}
