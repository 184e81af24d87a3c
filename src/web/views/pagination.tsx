/** @jsxImportSource hono/jsx */
import { useContext } from 'hono/jsx';
import { withoutFlash } from '../flash.ts';
import { onPage, VisitContext } from './visit-context.ts';

interface PaginationProps {
  page: number;
  perPage: number;
  total: number;
  /** The unit of the count: `tokens`. */
  what: string;
  /** The address of this list with its search and order. */
  query: URLSearchParams;
  /** The fragment that the list is under. */
  fragment?: string;
  /** The query parameter for the page number, where a page has several lists. */
  parameter?: string;
}

/** Which part of a list this is, and the way to the others. Nothing for a list of one page. */
export function Pagination({ page, perPage, total, what, query, fragment, parameter = 'page' }: PaginationProps) {
  const context = useContext(VisitContext);
  const pages = Math.max(1, Math.ceil(total / perPage));
  if (pages === 1) return null;
  const href = (to: number) => {
    const parameters = withoutFlash(query);
    parameters.set(parameter, String(to));
    return onPage(context, `?${parameters}${fragment === undefined ? '' : `#${fragment}`}`);
  };
  return (
    <nav class="pages" aria-label={`Pages of ${what}`}>
      <span>{`${(page - 1) * perPage + 1} to ${Math.min(total, page * perPage)} of ${total} ${what}`}</span>
      <span class="row">
        {page > 1 ? (
          <a class="button button-small" rel="prev" href={href(page - 1)}>
            Previous
          </a>
        ) : null}
        {page < pages ? (
          <a class="button button-small" rel="next" href={href(page + 1)}>
            Next
          </a>
        ) : null}
      </span>
    </nav>
  );
}
