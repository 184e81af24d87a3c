/** @jsxImportSource hono/jsx */
import { type PropsWithChildren, useContext } from 'hono/jsx';
import { ICON, SCRIPT, STYLE } from '../assets.ts';
import { Button } from './button.tsx';
import { fixed } from './fixed.ts';
import { Form } from './form.tsx';
import { VisitContext } from './visit-context.ts';

/** The frame of every page. @param place see `Page`. */
export function Layout({ title, place, children }: PropsWithChildren<{ title: string; place?: string | undefined }>) {
  return (
    <html lang="en">
      <head>
        {HEAD}
        {place === undefined ? null : <meta name="postern-place" content={place} />}
        <title>{`${title} · Postern`}</title>
      </head>
      <body>
        {SKIP}
        <Top />
        <main class="content" id="content" tabindex={-1}>
          {children}
        </main>
        <footer class="foot">Postern</footer>
      </body>
    </html>
  );
}

function Top() {
  const { actor: user } = useContext(VisitContext);
  return (
    <header class="top">
      <div class="top-inside">
        {WORDMARK}
        <nav aria-label="You">
          <ul>{user ? <SignedIn username={user.username} admin={user.admin} /> : SIGNED_OUT}</ul>
        </nav>
      </div>
    </header>
  );
}

/** Links of the top bar; a page for everyone who is signed in, or for administrators, has its link here. */
function SignedIn({ username, admin }: { username: string; admin: boolean }) {
  return (
    <>
      {admin ? ADMIN_LINKS : LINKS}
      <li>
        <AccountMenu username={username} />
      </li>
    </>
  );
}

/** Opened and closed by the browser, also by a click elsewhere and by Escape. */
function AccountMenu({ username }: { username: string }) {
  return (
    <>
      <button class="button button-link menu-button" type="button" popovertarget="account-menu">
        {username}
      </button>
      <div class="menu" id="account-menu" popover="auto">
        {MENU}
        <Form action="/users/sign_out" bare>
          <Button kind="link">Sign out</Button>
        </Form>
      </div>
    </>
  );
}

const HEAD = fixed(
  <>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <link rel="icon" type="image/svg+xml" href={ICON.href} />
    <link rel="stylesheet" href={STYLE.href} />
    <script src={SCRIPT.href} defer />
  </>,
);

const SKIP = fixed(
  <a class="skip" href="#content">
    Skip to content
  </a>,
);

/** With the side gate and its keyhole. */
const WORDMARK = fixed(
  <a class="wordmark" href="/">
    <svg width="22" height="22" viewBox="0 0 32 32" aria-hidden="true">
      <path
        fill="currentColor"
        fill-rule="evenodd"
        d="M5 31V15a11 11 0 0 1 22 0v16zM16 11.5a3.4 3.4 0 0 0-1.7 6.35L13.2 24h5.6l-1.1-6.15A3.4 3.4 0 0 0 16 11.5z"
      />
    </svg>
    Postern
  </a>,
);

const linkList = (links: Readonly<Record<string, string>>) => (
  <>
    {Object.entries(links).map(([title, href]) => (
      <li>
        <a href={href}>{title}</a>
      </li>
    ))}
  </>
);

const LINKS = fixed(linkList({ Projects: '/' }));
const ADMIN_LINKS = fixed(linkList({ Projects: '/', Admin: '/admin' }));
const SIGNED_OUT = fixed(linkList({ 'Public projects': '/explore', 'Sign in': '/users/sign_in' }));

const MENU = fixed(
  <ul>
    {linkList({
      Profile: '/-/user_settings/profile',
      Password: '/-/user_settings/password/edit',
      'Personal access tokens': '/-/user_settings/personal_access_tokens',
      Sessions: '/-/user_settings/active_sessions',
    })}
  </ul>,
);
