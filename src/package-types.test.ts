import { expect, test } from 'bun:test';
import { startApp } from '../test/support/app.ts';
import { onEachEngine } from '../test/support/engines.ts';
import { MAX_BYTES } from './protocols/maven/format.ts';

onEachEngine('the largest file of a package', (engine) => {
  test('is that of its type, whatever more the server is set to', async () => {
    await using app = await startApp(engine, { POSTERN_MAX_PACKAGE_SIZE: '4GiB' });
    const project = await app.seed.project(await app.seed.group());
    const token = await app.seed.deployToken(project, { scopes: ['write_package_registry'] });
    const announce = (path: string) =>
      app.fetch(`/api/v4/projects/${project.id}/packages/${path}`, {
        method: 'PUT',
        headers: { 'Deploy-Token': token.secret, 'Content-Length': String(MAX_BYTES + 1) },
        body: new Blob(['the beginning of it']).stream(),
      });
    // Of a type that takes as much it is only cut off.
    expect((await announce('generic/tool/1.0/file')).status).toBe(422);
    const refused = await announce('maven/com/tool/1.0/tool-1.0.jar');
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining('File is too large')]);
  });
});
