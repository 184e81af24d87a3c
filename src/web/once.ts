import type { Visit, Web } from './page.ts';
import { FORM_NUMBER } from './views/form.tsx';

/**
 * Does what a form asks for, once: the answer to it shows a secret, and a reload of that sends the form again.
 * @param make performs the request; `token` is reported when the form is submitted again.
 * @returns what was made; or the id of the token that this very form made before, null when that is not known.
 */
export async function once<T extends { token: { id: number } }>(
  { services }: Web,
  visit: Visit,
  form: URLSearchParams,
  make: () => Promise<T>,
): Promise<{ made: T } | { madeBefore: number | null }> {
  const number = form.get(FORM_NUMBER) ?? '';
  // It is not from a page, whose forms have one: there is nothing to know it again by.
  if (number === '' || !visit.actor) return { made: await make() };
  return services.idempotencyKeys.once({ userId: visit.actor.id, number }, make, ({ token }) => token.id);
}
