import { imageNameOf } from '../../domain/images/names.ts';
import type { Snippet } from '../../http/setup.ts';

/** The values that snippets are made of; the name of an image is its project's path, with an optional suffix. */
export interface ImageTarget {
  /** The base URL of the registry. */
  registry: string;
  projectPath: string;
  username: string;
  /** The secret, or a placeholder for it. */
  token: string;
}

/** The same for those who write the snippets. */
interface Named extends ImageTarget {
  /** The registry as clients name it: a host, with a port if needed. */
  host: string;
  /** An option such as `--tls-verify=false`, where the registry is reached over http; nothing where it is not. */
  overHttp(option: string): string;
}

/**
 * Snippets that pull images with a deploy token that has the scope `read_registry`, and to push them with
 * `write_registry` as well.
 */
export function setup(given: ImageTarget): Snippet[] {
  const { host, protocol } = new URL(given.registry);
  const target = { ...given, host, overHttp: (option: string) => (protocol === 'http:' ? ` ${option}` : '') };
  const image = `${host}/${imageNameOf(target.projectPath, '')}`;
  return [
    ...docker(target, image),
    ...podman(target, image),
    ...skopeo(target, image),
    ...oras(target, image),
    { ...kubectl(target), needs: 'read_registry' },
    { ...secret(target), needs: 'read_registry' },
    {
      title: 'Without signing in, for a machine that only has files',
      file: '~/.docker/config.json',
      language: 'json',
      text: configOf(target),
    },
  ];
}

const shell = (title: string, ...lines: string[]): Snippet => ({ title, language: 'sh', text: lines.join('\n') });
const push = (...words: Parameters<typeof shell>): Snippet => ({ ...shell(...words), needs: 'write_registry' });
const pull = (...words: Parameters<typeof shell>): Snippet => ({ ...shell(...words), needs: 'read_registry' });

/**
 * The token goes in by standard input: an argument could be seen by everyone on the machine.
 * @param http the option by which the program takes to http; Docker has none, and takes it of the machine that it
 * runs on.
 */
const login = (program: string, { username, token, host, overHttp }: Named, http = '') =>
  `printf '%s' '${token}' | ${program} login${http && overHttp(http)} --username '${username}' --password-stdin ${host}`;

const docker = (target: Named, image: string): Snippet[] => [
  shell('Docker: sign in', login('docker', target)),
  push('Docker: build and push', `docker build -t ${image}:latest .`, `docker push ${image}:latest`),
  pull('Docker: pull', `docker pull ${image}:latest`),
];

const TLS = '--tls-verify=false';

const podman = (target: Named, image: string): Snippet[] => [
  shell('Podman and Buildah: sign in', login('podman', target, TLS)),
  push(
    'Podman and Buildah: build and push',
    `buildah build -t ${image}:latest .`,
    `buildah push${target.overHttp(TLS)} ${image}:latest`,
  ),
  pull('Podman: pull', `podman pull${target.overHttp(TLS)} ${image}:latest`),
];

const skopeo = (target: Named, image: string): Snippet[] => [
  shell('skopeo: sign in', login('skopeo', target, TLS)),
  push(
    'skopeo: push out of a folder',
    `skopeo copy${target.overHttp('--dest-tls-verify=false')} --all oci:image:latest docker://${image}:latest`,
  ),
  pull(
    'skopeo: look, and pull into a folder',
    `skopeo list-tags${target.overHttp(TLS)} docker://${image}`,
    `skopeo inspect${target.overHttp(TLS)} docker://${image}:latest`,
    `skopeo copy${target.overHttp('--src-tls-verify=false')} --all docker://${image}:latest oci:copy:latest`,
  ),
];

const PLAIN = '--plain-http';

const oras = (target: Named, image: string): Snippet[] => [
  shell('ORAS: sign in', login('oras', target, PLAIN)),
  push('ORAS: push a file of any kind', `oras push${target.overHttp(PLAIN)} ${image}/files:latest file.txt:text/plain`),
  pull('ORAS: pull it', `oras pull${target.overHttp(PLAIN)} -o pulled ${image}/files:latest`),
];

const kubectl = ({ host, username, token }: Named): Snippet => ({
  title: 'Kubernetes: an image pull secret',
  language: 'sh',
  text: [
    'kubectl create secret docker-registry postern \\',
    `  --docker-server='${host}' \\`,
    `  --docker-username='${username}' \\`,
    `  --docker-password='${token}'`,
    `kubectl patch serviceaccount default --patch '{"imagePullSecrets": [{"name": "postern"}]}'`,
  ].join('\n'),
});

/** https://kubernetes.io/docs/tasks/configure-pod-container/pull-image-private-registry/ */
const secret = (target: Named): Snippet => ({
  title: 'Kubernetes: the same as a manifest',
  file: 'postern-pull-secret.yaml',
  language: 'yaml',
  text: [
    'apiVersion: v1',
    'kind: Secret',
    'metadata:',
    '  name: postern',
    'type: kubernetes.io/dockerconfigjson',
    'stringData:',
    '  .dockerconfigjson: |',
    ...configOf(target)
      .split('\n')
      .map((line) => `    ${line}`),
  ].join('\n'),
});

/** As `docker login` writes it where there is no keychain. */
function configOf({ host, username, token }: Named): string {
  const auth = Buffer.from(`${username}:${token}`).toString('base64');
  return JSON.stringify({ auths: { [host]: { auth } } }, null, 2);
}
