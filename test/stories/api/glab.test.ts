import { beforeAll, expect } from 'bun:test';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '../../support/client.ts';
import { needsClient } from '../../support/needs-client.ts';
import { onOneServer } from '../../support/on-each-app.ts';
import { ROOT_TOKEN, type TestServer } from '../../support/server.ts';
import { opens } from './opens.ts';

const story = needsClient('glab');

onOneServer('glab', (started) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await started;
  });

  /** glab speaks http only to a host that its settings name; they must be readable by their owner alone. */
  const createGlab = () => {
    const host = `127.0.0.1:${server.port}`;
    const client = createClient({ GITLAB_HOST: host, GLAB_CHECK_UPDATE: 'false', NO_COLOR: '1' });
    const folder = join(client.home, '.config/glab-cli');
    mkdirSync(folder, { recursive: true });
    const settings = {
      hosts: { [host]: { token: ROOT_TOKEN, api_protocol: 'http', api_host: host } },
      check_update: false,
    };
    // JSON is YAML.
    writeFileSync(join(folder, 'config.yml'), JSON.stringify(settings), { mode: 0o600 });
    const api = async (...words: string[]) => {
      const { stdout } = await client.ok(['glab', 'api', ...words]);
      return stdout.trim() === '' ? null : JSON.parse(stdout);
    };
    return { client, api, [Symbol.dispose]: () => client[Symbol.dispose]() };
  };

  story('creates, lists, gets and deletes deploy tokens of a project and of a group', async () => {
    using glab = createGlab();
    const group = await server.seed.group(await server.seed.group());
    const project = await server.seed.project(group);
    for (const owner of [
      `projects/${encodeURIComponent(project.full_path)}`,
      `groups/${encodeURIComponent(group.full_path)}`,
    ]) {
      const tokens = `${owner}/deploy_tokens`;
      const created = await glab.api(
        tokens,
        '-f',
        'name=machine',
        '-f',
        'scopes=read_repository,read_registry',
        '-f',
        'expires_at=2099-01-31',
      );
      expect(created).toMatchObject({ name: 'machine', expires_at: '2099-01-31T00:00:00.000Z' });
      expect(created.scopes).toEqual(['read_repository', 'read_registry']);
      expect(await opens(server, glab.client, project, created)).toBe(true);
      expect(await glab.api(`${tokens}?active=true`)).toMatchObject([{ id: created.id }]);
      expect(await glab.api('--paginate', 'deploy_tokens')).toMatchObject([{ id: created.id }]);
      expect((await glab.api(`${tokens}/${created.id}`)).token).toBeUndefined();
      await glab.api('-X', 'DELETE', `${tokens}/${created.id}`);
      expect(await glab.api(tokens)).toEqual([]);
      expect(await opens(server, glab.client, project, created)).toBe(false);
    }
  });

  story('tells what is wrong with a request', async () => {
    using glab = createGlab();
    const project = await server.seed.project(await server.seed.group());
    const refused = await glab.client.run(['glab', 'api', `projects/${project.id}/deploy_tokens`, '-f', 'name=x']);
    expect(refused.code).not.toBe(0);
    expect(refused.output).toContain('scopes is missing');
  });
});
