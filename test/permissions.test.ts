import { test } from 'bun:test';
import { renderPermissions } from './support/permissions-page.ts';
import { expectFile } from './support/snapshot.ts';

test('docs/permissions.md says what the program decides', async () => {
  await expectFile('docs/permissions.md', renderPermissions());
});
