/**
 * The attack: a push of a few kilobytes has a delta that makes gigabytes of a small object. Git would allocate all of
 * it, in as many pushes at once as there are processes.
 */
import { expect, test } from 'bun:test';
import { readdirSync } from 'node:fs';
import { basic, startApp } from '../support/app.ts';
import { repositoryFolder } from '../support/git.ts';
import { blobId, packOfCopies, pushBody } from '../support/raw-pack.ts';

// The database is not involved: one engine is enough.
test('a delta that expands to 2 GiB is refused before its memory is allocated; one that expands to 6 MiB is not', async () => {
  await using app = await startApp('sqlite');
  const project = await app.seed.project(await app.seed.group());
  const user = await app.seed.user({ admin: true });
  const push = async (ref: string, copies: number, id: string) => {
    const response = await app.fetch(`/${project.full_path}.git/git-receive-pack`, {
      method: 'POST',
      headers: { ...basic(user.username, user.token), 'Content-Type': 'application/x-git-receive-pack-request' },
      body: pushBody(ref, id, packOfCopies(copies)),
    });
    return response.text();
  };
  const objects = () => readdirSync(`${repositoryFolder(app.path('repositories'), project.id)}/objects`);
  const bomb = await push('refs/tags/bomb', 32_768, 'a'.repeat(40));
  expect(bomb).toContain('attempting to allocate 2147483649 over limit 536870912');
  expect(bomb).toContain('ng refs/tags/bomb');
  expect(objects().filter((name) => name.startsWith('tmp_'))).toEqual([]);
  expect(await push('refs/tags/plain', 100, blobId(new Uint8Array(100 * 65_536)))).toContain('ok refs/tags/plain');
});
