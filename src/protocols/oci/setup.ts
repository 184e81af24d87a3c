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
  const { registry, projectPath, username, token } = target;
  const image = `${registry}/${projectPath.toLowerCase()}/my-image:1.0`;
  const shell = (title: string, ...lines: string[]): Snippet => ({ title, language: 'sh', text: lines.join('\n') });
  const login = (program: string) =>
    `printf '%s' '${token}' | ${program} login --username '${username}' --password-stdin ${registry}`;
  return [
    shell('Docker: sign in', login('docker')),
    { ...shell('Pull', `docker pull ${image}`), needs: 'read_registry' },
    { ...shell('Push', `docker tag my-image ${image}`, `docker push ${image}`), needs: 'write_registry' },
    { ...kubectl(target), needs: 'read_registry' },
    { ...secret(target), needs: 'read_registry' },
    shell('Podman, Buildah, skopeo: sign in', login('podman')),
    {
      title: 'Without signing in, for a machine that only has files',
      file: '~/.docker/config.json',
      language: 'json',
      text: configOf(target),
    },
  ];
}

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
