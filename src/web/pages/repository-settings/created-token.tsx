/** @jsxImportSource hono/jsx */
import type { DeployToken } from '../../../domain/deploy-tokens/token.ts';
import type { TokenSetup } from '../../../http/setup.ts';
import type { Secret } from '../../../lib/secret.ts';
import { SnippetBlock } from '../../views/copy-field.tsx';
import { Fold } from '../../views/section.tsx';
import { ShownOnce } from '../../views/shown-once.tsx';

export interface Created {
  token: DeployToken;
  secret: Secret;
  setups: TokenSetup[];
}

/** A token that has just been made: the one time that its secret is shown, with all that it can be used for. */
export function CreatedToken({ token, secret, setups }: Created) {
  return (
    <ShownOnce title={`Your new deploy token “${token.name}”`} username={token.username} secret={secret}>
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
    </ShownOnce>
  );
}
