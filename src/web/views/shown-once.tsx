/** @jsxImportSource hono/jsx */
import type { PropsWithChildren } from 'hono/jsx';
import type { Secret } from '../../lib/secret.ts';
import { CopyField } from './copy-field.tsx';
import { Notice } from './notice.tsx';

interface ShownOnceProps {
  title: string;
  /** The user name that belongs to the secret; absent if none. */
  username?: string;
  secret: Secret;
}

/**
 * A secret that has just been made, in the answer to the form that made it and nowhere else. The page gives its own
 * address in `place`, so that a reload goes there and no longer shows the secret.
 */
export function ShownOnce({ title, username, secret, children }: PropsWithChildren<ShownOnceProps>) {
  return (
    <section class="created stack" aria-labelledby="created">
      <Notice kind="good">
        <h3 id="created" tabindex={-1}>
          {title}
        </h3>
        <p>
          <strong>Copy it now.</strong> It is shown only once: you can’t see it again after you leave or reload this
          page.
        </p>
      </Notice>
      <div class="pair">
        {username === undefined ? null : <CopyField id="created-username" label="User name" value={username} />}
        <CopyField id="created-secret" label="Token" value={secret.reveal()} />
      </div>
      {children}
    </section>
  );
}

/**
 * A form that makes a secret came again, as a reload of the answer to it does. @param what it made then, when that is
 * known.
 */
export function SentAlready({ what, children }: PropsWithChildren<{ what: string | undefined }>) {
  return (
    <section class="stack" aria-label="This form was already submitted">
      <Notice kind="warn">
        <h3>This form was already submitted</h3>
        <p>
          {what === undefined ? (
            'Nothing new was created.'
          ) : (
            <>It created “{what}” the first time, and nothing new now.</>
          )}{' '}
          The secret was shown only that time. If you didn’t copy it, revoke the token and create another one.
        </p>
      </Notice>
      {children}
    </section>
  );
}
