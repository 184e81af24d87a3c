/** @jsxImportSource hono/jsx */
import { type Child, useContext } from 'hono/jsx';
import { onPage, VisitContext } from './visit-context.ts';

export interface Column<T> {
  title: string;
  /** Where the title leads: to the same list in another order. */
  href?: string;
  /** Which way the list is sorted by this column now. */
  sorted?: 'ascending' | 'descending' | undefined;
  cell: (item: T) => Child;
  kind?: 'number' | 'tools';
}

interface TableProps<T> {
  /** The caption for screen readers. */
  caption: string;
  columns: readonly Column<T>[];
  items: readonly T[];
}

/** A table whose first column names the row. On a phone each row becomes a block of titled lines. */
export function Table<T>({ caption, columns, items }: TableProps<T>) {
  return (
    <div class="table-frame">
      <table class="folds">
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <HeadCell {...column} />
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr>
              {columns.map((column, i) =>
                i === 0 ? (
                  <th scope="row">{column.cell(item)}</th>
                ) : (
                  <td class={column.kind} data-title={column.kind === 'tools' ? undefined : column.title}>
                    {column.kind === undefined ? <div>{column.cell(item)}</div> : column.cell(item)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

type HeadCellProps = Pick<Column<never>, 'title' | 'href' | 'sorted' | 'kind'>;

function HeadCell({ title, href, sorted, kind }: HeadCellProps) {
  const context = useContext(VisitContext);
  if (kind === 'tools')
    return (
      <td>
        <span class="unseen">{title}</span>
      </td>
    );
  const mark = sorted === undefined ? '' : sorted === 'ascending' ? ' ↑' : ' ↓';
  return (
    <th scope="col" class={kind} aria-sort={sorted}>
      {href === undefined ? title : <a href={onPage(context, href)}>{`${title}${mark}`}</a>}
    </th>
  );
}
