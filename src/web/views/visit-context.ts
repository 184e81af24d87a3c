import { createContext } from 'hono/jsx';
import type { Visit } from '../visit.ts';

interface Known extends Pick<Visit, 'actor' | 'now' | 'formToken'> {
  /** The path of the page, where the answer has another address: one to a form. Else empty. */
  page: string;
}

/**
 * Request data for components: the CSRF token for forms, the current time, the address of lists.
 */
export const VisitContext = createContext<Known>({ actor: null, now: 0, formToken: '', page: '' });

/** An address that says only what is behind the path, `?page=2`, as one that leads to this page wherever it is read. */
export const onPage = ({ page }: Known, address: string): string => (/^[?#]|^$/.test(address) ? page : '') + address;
