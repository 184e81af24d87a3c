import { randomBase62 } from '../lib/base62.ts';
import { Secret } from '../lib/secret.ts';
import { SYSTEM } from './doer.ts';
import type { Services } from './services.ts';

/**
 * Makes the administrator `root` when there is no user yet.
 * @returns the password that was made up for it, to be printed once; null when one was given or root is there.
 */
export async function firstStart(
  { users, personalTokens }: Services,
  given: { rootPassword: Secret | null; rootToken: Secret | null },
  host: string,
): Promise<Secret | null> {
  if (await users.any()) return null;
  const password = given.rootPassword ?? new Secret(randomBase62(20));
  const root = await users.create(
    { username: 'root', name: 'Administrator', email: `root@${host}`, password: password.reveal(), admin: true },
    SYSTEM,
  );
  if (given.rootToken) {
    await personalTokens.create(
      root,
      {
        name: 'root token',
        scopes: ['api', 'write_repository', 'read_registry', 'write_registry'],
        secret: given.rootToken,
      },
      SYSTEM,
    );
  }
  return given.rootPassword ? null : password;
}
