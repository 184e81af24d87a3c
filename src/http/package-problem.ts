import type { Problem } from './route.ts';

/** GitLab's realm, to the letter: sbt's documented set-up has it in its credentials. */
export const PACKAGES_REALM = 'GitLab Packages Registry';
const CHALLENGE = `Basic realm="${PACKAGES_REALM}"`;

/**
 * A problem in the words that GitLab's package registries have for it; each protocol puts them into its protocol's
 * body.
 */
export interface PackageProblem {
  status: number;
  /** `404 Package Not Found`, as GitLab's clients know it. */
  message: string;
  /** The remedy, where the message does not say it. */
  reason: string | null;
  headers: Headers;
}

/**
 * The status policy of all package registries: 401 and how to sign in for the anonymous and for a credential that is no
 * good; 403 with the reason for what one may see but not do; 404 for the rest.
 */
export function packageProblem(problem: Problem): PackageProblem {
  const headers = new Headers({ 'Cache-Control': 'no-store' });
  if (problem.status === 401) headers.set('WWW-Authenticate', CHALLENGE);
  return { ...wordsFor(problem), headers };
}

function wordsFor({ status, message, reason, subject, hint, denial }: Problem): Omit<PackageProblem, 'headers'> {
  switch (status) {
    case 400:
      return { status, message, reason: hint ?? null };
    case 401:
      return { status, message: '401 Unauthorized', reason: denial ? SIGN_IN : message };
    case 403:
      return { status, message: '403 Forbidden', reason: message };
    case 404:
      return { status, message: `404 ${denial ? titled(denial.on) : titled(subject ?? '')}`, reason: null };
    case 413:
      return { status: 400, message: '400 Bad request - File is too large', reason: message };
    default:
      return { status, message: `${status} ${message}`, reason: hint ?? (status === 500 ? reason : null) };
  }
}

const SIGN_IN = 'Sign in with a deploy token that has the scope read_package_registry or write_package_registry.';

function titled(subject: string): string {
  const titles: Record<string, string> = { project: 'Project Not Found', group: 'Group Not Found' };
  return titles[subject] ?? 'Not Found';
}
