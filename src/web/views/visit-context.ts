import { createContext } from 'hono/jsx';
import type { Visit } from '../page.ts';

/** What components know of the request without being handed it: forms take their token from here, times the present. */
export const VisitContext = createContext<Pick<Visit, 'user' | 'now' | 'formToken'>>({
  user: null,
  now: 0,
  formToken: '',
});
