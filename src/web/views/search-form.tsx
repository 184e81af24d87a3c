/** @jsxImportSource hono/jsx */
import type { PropsWithChildren } from 'hono/jsx';
import { Button } from './button.tsx';

/** Looks for a text in a list; `children` are further choices. */
export function SearchForm({ label, search, children }: PropsWithChildren<{ label: string; search: string }>) {
  return (
    <form class="search" method="get">
      <input class="input" type="search" name="search" value={search} aria-label={label} placeholder={label} />
      {children}
      <Button>Search</Button>
    </form>
  );
}
