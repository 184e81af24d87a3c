/** @jsxImportSource hono/jsx */
import type { PropsWithChildren } from 'hono/jsx';
import { Tabs } from '../../views/tabs.tsx';
import { ACCOUNT } from './addresses.ts';

const TABS = [
  { title: 'Profile', href: ACCOUNT.profile },
  { title: 'Password', href: ACCOUNT.password },
  { title: 'Personal access tokens', href: ACCOUNT.tokens },
  { title: 'Sessions', href: ACCOUNT.sessions },
] as const;

/** The header of the account pages. @param tab the current tab. */
export function Account({ tab, children }: PropsWithChildren<{ tab: (typeof TABS)[number]['title'] }>) {
  return (
    <>
      <header class="place">
        <h1>Your account</h1>
        <Tabs label="Account" tabs={TABS} current={tab} />
      </header>
      {children}
    </>
  );
}
