import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { PROGRAM_PATH, type TestClient } from './client.ts';

/** Where `script/clients` puts an engine that is newer than the system's. */
export const NEWER_ENGINE = join(import.meta.dir, '../../node_modules/.cache/postern-clients/engine/usr');

/** It keeps images as containerd does, which lets BuildKit keep its cache in a registry. */
const NEWER = {
  path: [join(NEWER_ENGINE, 'bin'), join(NEWER_ENGINE, 'sbin'), PROGRAM_PATH].join(':'),
  options: ['--storage-driver=native'],
  settings: { features: { 'containerd-snapshotter': true } },
  env: {},
};
const OURS = {
  path: PROGRAM_PATH,
  options: ['--storage-driver=vfs'],
  settings: {},
  env: { DOCKER_BUILDKIT: '0' },
};

/**
 * A real Docker engine of the test's own: no network bridge, no firewall rules, everything in the client's folder. It
 * takes root.
 * @returns the environment that leads `docker` to it, and its end.
 */
export async function startDocker(client: TestClient, { newer = false } = {}) {
  const kind = newer ? NEWER : OURS;
  const folder = join(client.work, 'engine');
  const config = join(client.work, 'docker-config');
  mkdirSync(folder);
  await Bun.write(join(folder, 'daemon.json'), JSON.stringify(kind.settings));
  if (newer) linkPlugIns(config);
  const socket = join(folder, 'docker.sock');
  const options = [
    '-H',
    `unix://${socket}`,
    '--data-root',
    join(folder, 'data'),
    '--exec-root',
    join(folder, 'exec'),
    '--config-file',
    join(folder, 'daemon.json'),
    '--pidfile',
    join(folder, 'dockerd.pid'),
    '--log-level=warn',
    ...kind.options,
    '--iptables=false',
    '--ip6tables=false',
    '--ip-masq=false',
    '--bridge=none',
  ];
  const log = Bun.file(join(folder, 'log'));
  const engine = Bun.spawn([Bun.which('dockerd', { PATH: kind.path }) ?? 'dockerd', ...options], {
    env: { PATH: kind.path, HOME: client.home },
    stdin: 'ignore',
    stdout: log,
    stderr: log,
  });
  process.once('exit', () => engine.kill('SIGKILL'));
  const env = {
    DOCKER_HOST: `unix://${socket}`,
    DOCKER_CONFIG: config,
    PATH: kind.path,
    ...kind.env,
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

/** The client looks for them in the folder of its configuration. */
function linkPlugIns(config: string): void {
  mkdirSync(config);
  symlinkSync(join(NEWER_ENGINE, 'libexec/docker/cli-plugins'), join(config, 'cli-plugins'));
}
