import { afterAll, expect, test } from 'bun:test';
import { basic, startApp } from '../../../test/support/app.ts';
import { onEachEngine } from '../../../test/support/engines.ts';

onEachEngine('deploy tokens', (engine) => {
  const started = startApp(engine);
  afterAll(async () => (await started)[Symbol.asyncDispose]());

  test('A120 the secret is gldt- and 36 letters and digits, and opens its project', async () => {
    const { seed, services, fetch } = await started;
    const project = await seed.project(await seed.group());
    const token = await seed.deployToken(project);
    expect(token.secret).toMatch(/^gldt-[A-Za-z0-9]{36}$/);
    expect((await services.deployTokens.check(token.secret)).outcome).toBe('active');
    const response = await fetch(`/${project.full_path}.git/info/refs?service=git-upload-pack`, {
      headers: basic(token.username, token.secret),
    });
    expect(response.status).toBe(200);
  });
});
