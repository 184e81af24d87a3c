/** @jsxImportSource hono/jsx */
import type { PropsWithChildren } from 'hono/jsx';
import { Tabs } from '../../views/tabs.tsx';

const TABS = [
  { title: 'Users', href: '/admin/users' },
  { title: 'Deploy tokens', href: '/admin/deploy_tokens' },
  { title: 'Health', href: '/admin/health_check' },
  { title: 'Audit log', href: '/admin/audit_logs' },
];

/** The head of every page for administrators. */
export function AdminHeader({ tab, children }: PropsWithChildren<{ tab: string }>) {
  return (
    <>
      <header class="place">
        <h1>Administration</h1>
        <Tabs label="Administration" tabs={TABS} current={tab} />
      </header>
      {children}
    </>
  );
}
