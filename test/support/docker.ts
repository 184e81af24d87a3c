import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PROGRAM_PATH, type TestClient } from './client.ts';

/**
 * A real Docker engine of the test's own: no network bridge, no firewall rules, everything in the client's folder. It takes
 * root.
 * @returns the environment that leads `docker` to it, and its end.
 */
export async function startDocker(client: TestClient) {
  const folder = join(client.work, 'engine');
  mkdirSync(folder);
  const socket = join(folder, 'docker.sock');
  const options = [
    ...['-H', `unix://${socket}`, '--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec')],
    ...['--pidfile', join(folder, 'dockerd.pid'), '--log-level=warn', '--storage-driver=vfs'],
    ...['--iptables=false', '--ip6tables=false', '--ip-masq=false', '--bridge=none'],
  ];
  const log = Bun.file(join(folder, 'log'));
  const engine = Bun.spawn(['dockerd', ...options], {
    env: { PATH: PROGRAM_PATH, HOME: client.home },
    stdin: 'ignore',
    stdout: log,
    stderr: log,
  });
  process.once('exit', () => engine.kill('SIGKILL'));
  const env = {
    DOCKER_HOST: `unix://${socket}`,
    DOCKER_CONFIG: join(client.work, 'docker-config'),
    DOCKER_BUILDKIT: '0',
  };
  for (let attempt = 0; ; attempt++) {
    if (existsSync(socket) && (await client.run(['docker', 'version'], { env })).code === 0) break;
    if (attempt > 200 || engine.exitCode !== null) throw new Error(`no Docker engine:\n${await log.text()}`);
    await Bun.sleep(50);
  }
  return {
    env,
    async [Symbol.asyncDispose]() {
      engine.kill('SIGTERM');
      await engine.exited;
    },
  };
}
