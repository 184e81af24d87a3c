import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startNginx } from './nginx.ts';

const PROGRAMS = {
  fcgiwrap: '/usr/sbin/fcgiwrap',
  backend: '/usr/lib/git-core/git-http-backend',
};

/**
 * The peer: Git's own server program behind Debian's nginx and fcgiwrap, set up as git-http-backend's manual says, with
 * Basic authentication by a password file. The file holds a plain SHA-1, which costs nginx next to nothing.
 * @param workers as many CGI programs run at once.
 */
export async function startNginxGit(username: string, password: string, workers: number) {
  for (const program of Object.values(PROGRAMS)) {
    if (!existsSync(program)) throw new Error(`${program} is not there: run script/bench as root, which installs it`);
  }
  const folder = mkdtempSync('/tmp/postern-peer-');
  chmodSync(folder, 0o755);
  const socket = join(folder, 'fcgiwrap.sock');
  mkdirSync(join(folder, 'repositories'));
  const hash = new Bun.CryptoHasher('sha1').update(password).digest('base64');
  writeFileSync(join(folder, 'htpasswd'), `${username}:{SHA}${hash}\n`);

  const quiet = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' } as const;
  const wrapper = Bun.spawn([PROGRAMS.fcgiwrap, '-c', String(workers), '-s', `unix:${socket}`], {
    ...quiet,
    detached: true,
  });
  const end = () => {
    // The whole group: fcgiwrap leaves its workers behind.
    if (wrapper.exitCode === null) process.kill(-wrapper.pid, 'SIGTERM');
  };
  process.once('exit', end);
  const nginx = await startNginx(folder, locations(folder, socket));

  return {
    url: nginx.url,
    folder,
    /** Makes an empty bare repository that can be pushed to. */
    init(name: string): void {
      const path = join(folder, 'repositories', name);
      Bun.spawnSync(['git', 'init', '--quiet', '--bare', '--initial-branch=main', path]);
      Bun.spawnSync(['git', '-C', path, 'config', 'http.receivepack', 'true']);
    },
    async [Symbol.asyncDispose]() {
      process.off('exit', end);
      end();
      await Promise.all([nginx[Symbol.asyncDispose](), wrapper.exited]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The example of git-http-backend(1), for nginx. */
const locations = (folder: string, socket: string) => `
    location / {
      auth_basic "git";
      auth_basic_user_file ${folder}/htpasswd;
      fastcgi_pass unix:${socket};
      fastcgi_param SCRIPT_FILENAME ${PROGRAMS.backend};
      fastcgi_param GIT_PROJECT_ROOT ${folder}/repositories;
      fastcgi_param GIT_HTTP_EXPORT_ALL "";
      fastcgi_param GIT_PROTOCOL $http_git_protocol;
      fastcgi_param PATH_INFO $uri;
      fastcgi_param REMOTE_USER $remote_user;
      fastcgi_param REMOTE_ADDR $remote_addr;
      fastcgi_param QUERY_STRING $query_string;
      fastcgi_param REQUEST_METHOD $request_method;
      fastcgi_param CONTENT_TYPE $content_type;
      fastcgi_param CONTENT_LENGTH $content_length;
      fastcgi_param HTTP_CONTENT_ENCODING $http_content_encoding;
    }
`;
