import { expect, setDefaultTimeout } from 'bun:test';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createClient } from '../../support/client.ts';
import { startDocker } from '../../support/docker.ts';
import { needsClient } from '../../support/needs-client.ts';
import { onOneServer } from '../../support/on-each-app.ts';
import { PASSWORD } from '../../support/seed.ts';
import { ROOT_TOKEN } from '../../support/server.ts';

setDefaultTimeout(120_000);

const BOTH = ['read_registry', 'write_registry'];

onOneServer('docker', (started) => {
  needsClient('docker')('signs in without an engine: with what may use the registry, and nothing else', async () => {
    const { seed, url } = await started;
    using client = createClient();
    const group = await seed.group();
    const project = await seed.project(group);
    const host = new URL(url).host;
    const env = { DOCKER_CONFIG: client.path('config'), DOCKER_HOST: 'tcp://127.0.0.1:1' };
    const login = (who: { username: string; secret: string }) =>
      client.run(['docker', 'login', '-u', who.username, '--password-stdin', host], { env, stdin: who.secret });

    const token = await seed.deployToken(project, { scopes: ['read_registry'] });
    for (const who of [
      token,
      await seed.deployToken(group, { scopes: ['write_registry'], username: 'pusher' }),
      await seed.deployToken(project, { scopes: ['read_repository'], name: 'gitlab-deploy-token' }),
      { username: 'root', secret: ROOT_TOKEN },
      { username: 'root', secret: PASSWORD },
    ]) {
      const signedIn = await login(who);
      expect(signedIn.output).toContain('Login Succeeded');
    }
    for (const [who, why] of [
      [{ ...token, secret: `${token.secret}x` }, 'HTTP Basic: Access denied'],
      [{ ...token, username: 'someone-else' }, 'HTTP Basic: Access denied'],
      [await seed.deployToken(project, { scopes: BOTH, expiresAt: '2020-01-01' }), 'HTTP Basic: Access denied'],
      [
        await seed.deployToken(project, { scopes: ['read_repository'] }),
        'needs the scope read_registry or write_registry',
      ],
    ] as const) {
      const refused = await login(who);
      expect(refused.code).not.toBe(0);
      expect(refused.output).toContain(why);
    }
  });

  needsClient('docker', 'dockerd')(
    'a real engine builds, pushes and pulls; a token that only reads cannot push, nor one that is over do anything',
    async () => {
      const { seed, url, db } = await started;
      using client = createClient();
      await using docker = await startDocker(client);
      const { env } = docker;
      const run = (...command: string[]) => client.run(['docker', ...command], { env, timeoutSeconds: 90 });
      const ok = (...command: string[]) => client.ok(['docker', ...command], { env, timeoutSeconds: 90 });
      const host = new URL(url).host;
      const login = (who: { username: string; secret: string }) =>
        client.ok(['docker', 'login', '-u', who.username, '--password-stdin', host], { env, stdin: who.secret });

      const top = await seed.group();
      const project = await seed.project(await seed.group(await seed.group(top)));
      const image = `${host}/${project.full_path}/app`;
      mkdirSync(client.path('context'));
      writeFileSync(client.path('context/Dockerfile'), 'FROM scratch\nCOPY hello big /\nLABEL from=story\n');
      writeFileSync(client.path('context/hello'), 'hello\n');
      writeFileSync(client.path('context/big'), crypto.getRandomValues(new Uint8Array(65_536)));
      await ok('build', '-q', '-t', `${image}:v1`, client.path('context'));

      await login(await seed.deployToken(top, { scopes: BOTH }));
      const pushed = await ok('push', `${image}:v1`);
      const digest = /digest: (sha256:[0-9a-f]{64})/.exec(pushed.stdout)?.[1];
      expect(digest).toBeDefined();
      // A second image of the same layers: they are mounted from the first, not pushed again.
      await ok('tag', `${image}:v1`, `${host}/${project.full_path}/copy:v1`);
      expect((await ok('push', `${host}/${project.full_path}/copy:v1`)).stdout).toContain('Mounted from');
      await ok('rmi', '-f', `${image}:v1`, `${host}/${project.full_path}/copy:v1`);

      await login(await seed.deployToken(project, { scopes: ['read_registry'] }));
      for (const reference of [`${image}:v1`, `${image}@${digest}`]) {
        await ok('pull', '-q', reference);
        expect((await ok('inspect', '--format', '{{.Config.Labels.from}}', reference)).stdout).toBe('story\n');
      }
      const readOnly = await run('push', `${image}:v1`);
      expect(readOnly.code).not.toBe(0);
      expect(readOnly.output).toContain('denied');
      expect(readOnly.output).toContain('needs the scope write_registry');

      // One of this name has both scopes of the registry without being given any.
      const implied = { scopes: ['read_repository'], name: 'gitlab-deploy-token' };
      await login(await seed.deployToken(project, implied));
      await ok('tag', `${image}:v1`, `${image}:v2`);
      await ok('push', `${image}:v2`);
      await ok('pull', '-q', `${image}:v2`);

      const mayfly = await seed.deployToken(project, { scopes: BOTH });
      await login(mayfly);
      const past = Date.now() - 1;
      await db.updateTable('deploy_tokens').set({ expires_at: past }).where('id', '=', mayfly.id).execute();
      for (const command of [
        ['pull', `${image}:v1`],
        ['push', `${image}:v1`],
      ]) {
        const expired = await run(...command);
        expect(expired.code).not.toBe(0);
        expect(expired.output).toContain('Access denied');
      }

      await ok('logout', host);
      const anonymous = await run('pull', `${image}:v1`);
      expect(anonymous.code).not.toBe(0);
      expect(anonymous.output).toContain('denied');
    },
  );
});
