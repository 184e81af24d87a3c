/** @jsxImportSource hono/jsx */
import { type PropsWithChildren, useContext } from 'hono/jsx';
import { Button } from './button.tsx';
import { onPage, VisitContext } from './visit-context.ts';

interface SearchFormProps {
  label: string;
  search: string;
  /** The searched properties, where the label does not name them. */
  placeholder?: string;
  /** Where it looks; absent: on this page. */
  action?: string;
  /** Other query parameters, which a search keeps. */
  kept?: Readonly<Record<string, string | null>>;
}

/** Looks for a text in a list; `children` are further choices. */
export function SearchForm(props: PropsWithChildren<SearchFormProps>) {
  const { label, search, placeholder = label, action = '', kept = {}, children } = props;
  const address = onPage(useContext(VisitContext), action);
  return (
    <form class="search" method="get" action={address === '' ? undefined : address}>
      {Object.entries(kept).map(([name, value]) =>
        value === null ? null : <input type="hidden" name={name} value={value} />,
      )}
      <input class="input" type="search" name="search" value={search} aria-label={label} placeholder={placeholder} />
      {children}
      <Button>Search</Button>
    </form>
  );
}
