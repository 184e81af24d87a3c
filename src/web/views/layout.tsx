/** @jsxImportSource hono/jsx */
import { type PropsWithChildren, useContext } from 'hono/jsx';
import { ICON, SCRIPT, STYLE } from '../assets.ts';
import { Button } from './button.tsx';
import { Form } from './form.tsx';
import { VisitContext } from './visit-context.ts';

/** What every page stands in. @param place see `Page`. */
export function Layout({ title, place, children }: PropsWithChildren<{ title: string; place?: string | undefined }>) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        {place === undefined ? null : <meta name="postern-place" content={place} />}
        <title>{`${title} · Postern`}</title>
        <link rel="icon" type="image/svg+xml" href={ICON.href} />
        <link rel="stylesheet" href={STYLE.href} />
        <script src={SCRIPT.href} defer />
      </head>
      <body>
        <a class="skip" href="#content">
          Skip to the content
        </a>
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
  const { user } = useContext(VisitContext);
  return (
    <header class="top">
      <div class="top-inside">
        <a class="wordmark" href="/">
          <Mark />
          Postern
        </a>
        <nav aria-label="You">
          <ul>{user ? <SignedIn username={user.username} admin={user.admin} /> : <SignedOut />}</ul>
        </nav>
      </div>
    </header>
  );
}

/** Links of the top bar; a page for everyone who is signed in, or for administrators, has its link here. */
function SignedIn({ username, admin }: { username: string; admin: boolean }) {
  return (
    <>
      <li>
        <a href="/">Projects</a>
      </li>
      {admin ? (
        <li>
          <a href="/admin">Admin</a>
        </li>
      ) : null}
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
        <ul>
          {MENU.map(([title, href]) => (
            <li>
              <a href={href}>{title}</a>
            </li>
          ))}
        </ul>
        <Form action="/users/sign_out" bare>
          <Button kind="link">Sign out</Button>
        </Form>
      </div>
    </>
  );
}

const MENU = [
  ['Profile', '/-/user_settings/profile'],
  ['Password', '/-/user_settings/password/edit'],
  ['Personal access tokens', '/-/user_settings/personal_access_tokens'],
  ['Sessions', '/-/user_settings/active_sessions'],
] as const;

function SignedOut() {
  return (
    <>
      <li>
        <a href="/explore">Public projects</a>
      </li>
      <li>
        <a href="/users/sign_in">Sign in</a>
      </li>
    </>
  );
}

/** The side gate and its keyhole. */
function Mark() {
  return (
    <svg width="22" height="22" viewBox="0 0 32 32" aria-hidden="true">
      <path
        fill="currentColor"
        fill-rule="evenodd"
        d="M5 31V15a11 11 0 0 1 22 0v16zM16 11.5a3.4 3.4 0 0 0-1.7 6.35L13.2 24h5.6l-1.1-6.15A3.4 3.4 0 0 0 16 11.5z"
      />
    </svg>
  );
}
