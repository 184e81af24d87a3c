import { imageNameOf } from '../../domain/images/names.ts';
import type { Snippet } from '../../http/setup.ts';

/** What to paste is made of this; an image is named by its project's path and perhaps more behind it. */
export interface ImageTarget {
  /** What clients call the registry: a host, and a port if it needs one. */
  registry: string;
  projectPath: string;
  username: string;
  /** The secret, or a placeholder for it. */
  token: string;
}

/** What to paste to pull images with a deploy token that has the scope `read_registry`, and to push them with `write_registry` as well. */
export function setup(target: ImageTarget): Snippet[] {
  const image = `${target.registry}/${imageNameOf(target.projectPath, '')}`;
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

/** The token goes in by standard input: an argument could be seen by everyone on the machine. */
const login = (program: string, { username, token, registry }: ImageTarget) =>
  `printf '%s' '${token}' | ${program} login --username '${username}' --password-stdin ${registry}`;

const docker = (target: ImageTarget, image: string): Snippet[] => [
  shell('Docker: sign in', login('docker', target)),
  push('Docker: build and push', `docker build -t ${image}:latest .`, `docker push ${image}:latest`),
  pull('Docker: pull', `docker pull ${image}:latest`),
];

const podman = (target: ImageTarget, image: string): Snippet[] => [
  shell('Podman and Buildah: sign in', login('podman', target)),
  push('Podman and Buildah: build and push', `buildah build -t ${image}:latest .`, `buildah push ${image}:latest`),
  pull('Podman: pull', `podman pull ${image}:latest`),
];

const skopeo = (target: ImageTarget, image: string): Snippet[] => [
  shell('skopeo: sign in', login('skopeo', target)),
  push('skopeo: push out of a folder', `skopeo copy --all oci:image:latest docker://${image}:latest`),
  pull(
    'skopeo: look, and pull into a folder',
    `skopeo list-tags docker://${image}`,
    `skopeo inspect docker://${image}:latest`,
    `skopeo copy --all docker://${image}:latest oci:copy:latest`,
  ),
];

const oras = (target: ImageTarget, image: string): Snippet[] => [
  shell('ORAS: sign in', login('oras', target)),
  push('ORAS: push a file of any kind', `oras push ${image}/files:latest file.txt:text/plain`),
  pull('ORAS: pull it', `oras pull -o pulled ${image}/files:latest`),
];

const kubectl = ({ registry, username, token }: ImageTarget): Snippet => ({
  title: 'Kubernetes: an image pull secret',
  language: 'sh',
  text: [
    'kubectl create secret docker-registry postern \\',
    `  --docker-server='${registry}' \\`,
    `  --docker-username='${username}' \\`,
    `  --docker-password='${token}'`,
    `kubectl patch serviceaccount default --patch '{"imagePullSecrets": [{"name": "postern"}]}'`,
  ].join('\n'),
});

/** https://kubernetes.io/docs/tasks/configure-pod-container/pull-image-private-registry/ */
const secret = (target: ImageTarget): Snippet => ({
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
function configOf({ registry, username, token }: ImageTarget): string {
  const auth = Buffer.from(`${username}:${token}`).toString('base64');
  return JSON.stringify({ auths: { [registry]: { auth } } }, null, 2);
}
