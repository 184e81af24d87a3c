import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, waitForPort } from '../../test/support/postgres.ts';

const PROGRAM = '/usr/sbin/nginx';

/**
 * Debian's nginx in a folder.
 * @param server the body of its server block, without the port.
 */
export async function startNginx(folder: string, server: string) {
  if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is not there: run script/bench as root, which installs it`);
  const port = await freePort();
  writeFileSync(join(folder, 'nginx.conf'), configuration(folder, port, server));
  const child = Bun.spawn([PROGRAM, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')], {
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'ignore',
  });
  const end = () => child.kill('SIGTERM');
  process.once('exit', end);
  await waitForPort(port);
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      process.off('exit', end);
      end();
      await child.exited;
    },
  };
}

/** Files as small answers leave without a detour over the disk. */
function configuration(folder: string, port: number, server: string): string {
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  return `
${user}
daemon off;
worker_processes auto;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 512; }
http {
  access_log ${folder}/access.log;
  sendfile on;
  tcp_nopush on;
  keepalive_timeout 65;
  client_max_body_size 0;
  client_body_temp_path ${folder}/body;
  fastcgi_temp_path ${folder}/fastcgi;
  proxy_temp_path ${folder}/proxy;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  server {
    listen 127.0.0.1:${port};
    ${server}
  }
}
`;
}
