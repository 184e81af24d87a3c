/** @jsxImportSource hono/jsx */
import type { DeployToken } from '../../../domain/deploy-tokens/token.ts';
import type { TokenSetup } from '../../../http/setup.ts';
import type { Secret } from '../../../lib/secret.ts';
import { CopyField, SnippetBlock } from '../../views/copy-field.tsx';
import { Notice } from '../../views/notice.tsx';
import { Fold } from '../../views/section.tsx';

export interface Created {
  token: DeployToken;
  secret: Secret;
  setups: TokenSetup[];
}

/** A token that has just been made: the one time that its secret is shown. */
export function CreatedToken({ token, secret, setups }: Created) {
  return (
    <section class="created stack" aria-labelledby="created-token">
      <Notice kind="good">
        <h3 id="created-token">{`Your new deploy token “${token.name}”`}</h3>
        <p>
          <strong>Copy it now.</strong> It is shown this once: nobody can show it again, and it is gone when you leave
          or reload this page.
        </p>
      </Notice>
      <div class="pair">
        <CopyField id="created-username" label="User name" value={token.username} />
        <CopyField id="created-secret" label="Token" value={secret.reveal()} />
      </div>
      {setups.length === 0 ? null : (
        <div class="stack">
          <h3>Ready to use</h3>
          {setups.map(({ title, snippets }, i) => (
            <Fold title={title} open={i === 0}>
              <div class="stack">
                {snippets.map((snippet, j) => (
                  <SnippetBlock id={`snippet-${i}-${j}`} snippet={snippet} />
                ))}
              </div>
            </Fold>
          ))}
        </div>
      )}
    </section>
  );
}
