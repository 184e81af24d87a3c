/** @jsxImportSource hono/jsx */
export interface Tab {
  title: string;
  href: string;
  /** The pages under it. */
  below?: readonly Tab[];
}

interface TabsProps {
  label: string;
  tabs: readonly Tab[];
  current: string;
  small?: boolean;
}

export function Tabs({ label, tabs, current, small = false }: TabsProps) {
  return (
    <nav class={small ? 'tabs subtabs' : 'tabs'} aria-label={label}>
      <ul>
        {tabs.map(({ title, href }) => (
          <li>
            <a href={href} aria-current={title === current ? 'page' : undefined}>
              {title}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
