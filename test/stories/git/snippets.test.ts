import { expect, test } from 'bun:test';
import { setup } from '../../../src/protocols/git/setup.ts';
import { createClient } from '../../support/client.ts';
import { onEachEngine } from '../../support/engines.ts';
import { seedRepository } from '../../support/git.ts';
import { startServer } from '../../support/server.ts';

onEachEngine('the snippets for git', (engine) => {
  test('each snippet clones a private repository, pasted unchanged', async () => {
    await using server = await startServer(engine);
    using maintainer = createClient();
    const group = await server.seed.group();
    const project = await server.seed.project(group);
    const token = await server.seed.deployToken(group);
    await seedRepository(server, maintainer, project, 2);
    const { username, secret } = token;
    for (const { title, text, file } of setup({
      base: server.url,
      projectPath: project.full_path,
      username,
      token: secret,
    })) {
      using client = createClient();
      if (file === '~/.netrc') await Bun.write(`${client.home}/.netrc`, text);
      const pasted = file === undefined ? text : `git clone ${server.url}/${project.full_path}.git`;
      await client.ok(['sh', '-ec', pasted]);
      const { stdout } = await client.ok(['git', 'log', '--format=%s'], { cwd: client.path(project.path) });
      expect([title, stdout]).toEqual([title, 'commit 2\ncommit 1\n']);
    }
  });
});
