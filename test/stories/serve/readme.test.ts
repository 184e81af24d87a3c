import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { createClient } from '../../support/client.ts';
import { onEachEngine } from '../../support/engines.ts';
import { startServer } from '../../support/server.ts';
import { ROOT } from '../../support/source-tree.ts';

onEachEngine('README.md', (engine) => {
  test('its deploy token in three steps works as it is written', async () => {
    const readme = await Bun.file(join(ROOT, 'README.md')).text();
    const steps = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) => block ?? '');
    expect(steps.length).toBe(3);
    const [, token = ''] = /POSTERN_ROOT_TOKEN=(\S+)/.exec(readme) ?? [];
    await using server = await startServer(engine, { POSTERN_ROOT_TOKEN: token });
    using client = createClient();
    const script = steps.join('').replaceAll('127.0.0.1:8080', `127.0.0.1:${server.port}`);
    const ran = await client.ok(['bash', '-euo', 'pipefail', '-c', script]);
    expect(ran.stdout).toMatch(/[0-9a-f]{7,} Say hello$/m);
    const push = await client.run(['git', '-C', client.path('checkout'), 'push', 'origin', 'HEAD:other']);
    expect(push.code).not.toBe(0);
  });
});
