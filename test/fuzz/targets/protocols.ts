import { basic, privateToken } from '../../support/app.ts';
import { npmTarball, publication } from '../../support/npm-tarball.ts';
import { bearer, sha256 } from '../../support/registry.ts';
import { uploadForm, wheel } from '../../support/wheel.ts';
import type { Choices } from '../choices.ts';
import type { FuzzTarget, Outcome } from '../fuzz.ts';
import { mutateBytes, mutateJson, mutateText } from '../mutate.ts';
import { asPath, type FuzzScene, sendable } from '../scene.ts';
import { escaped } from './requests.ts';

interface Sent {
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: string | Buffer<ArrayBuffer> | FormData | null;
}

/** A target that sends requests as the owner of the project. @param prepare makes the valid samples, once. */
const requests = <Samples>(
  name: string,
  prepare: (scene: FuzzScene) => Samples | Promise<Samples>,
  make: (choices: Choices, samples: Samples, scene: FuzzScene) => Sent | Promise<Sent>,
): FuzzTarget => ({
  name,
  async open(scene) {
    const asked = await scene();
    await asked.renew();
    const samples = await prepare(asked);
    return async (choices): Promise<Outcome> => {
      const { method, path, headers = {}, body = null } = choices.try(await make(choices, samples, asked));
      const sent = method === 'GET' || method === 'HEAD' ? null : body;
      return asked.send(asPath(path), {
        method,
        headers: { ...privateToken(asked.owner.token), ...headers },
        body: sent,
      });
    };
  },
});

const packages = ({ named }: FuzzScene) => `/api/v4/projects/${named.projectId}/packages`;
const part = (choices: Choices, text: string) => escaped(choices.chance(0.3) ? mutateText(choices, text) : text);
/** A version that nothing has yet, or one that is there. */
const version = (choices: Choices) => `1.0.${choices.below(choices.pick([2, 1_000_000]))}`;

const npm = requests(
  'npm, requests',
  async () => ({ tarball: await npmTarball({ name: 'fuzzed', version: '1.0.0' }) }),
  (choices, { tarball }, scene) => {
    const base = `${packages(scene)}/npm`;
    const name = part(choices, choices.pick(['fuzzed', '@a/fuzzed']));
    const headers = {
      'Content-Type': 'application/json',
      'npm-command': choices.pick(['publish', 'deprecate', 'unpublish']),
    };
    const tag = {
      path: `${base}/-/package/${name}/dist-tags/${part(choices, 'next')}`,
      headers,
      body: JSON.stringify('1.0.0'),
    };
    if (choices.chance(0.3)) return { ...tag, method: choices.pick(['PUT', 'DELETE', 'GET']) };
    const path = `${base}/${name}${choices.pick(['', '', `/-/fuzzed-1.0.0.tgz`, `/-rev/${part(choices, '1-1')}`])}`;
    if (choices.chance(0.2))
      return { method: choices.pick(['GET', 'DELETE']), path, headers: { Accept: sendable(choices.oddText()) } };
    const document = mutateJson(choices, publication({ name: 'fuzzed', version: '1.0.0' }, tarball));
    const text = Buffer.from(JSON.stringify(document) ?? '');
    return { method: 'PUT', path, headers, body: choices.chance(0.8) ? text : mutateBytes(choices, text) };
  },
);

const pypi = requests(
  'PyPI, uploads',
  () => ({ made: wheel('fuzzed', '1.0') }),
  (choices, { made }, scene) => {
    const base = `${packages(scene)}/pypi`;
    if (choices.chance(0.2))
      return {
        method: 'GET',
        path: `${base}/simple/${part(choices, 'fuzzed')}/`,
        headers: { Accept: sendable(mutateText(choices, 'application/vnd.pypi.simple.v1+json')) },
      };
    if (choices.chance(0.1))
      return {
        method: 'PUT',
        path: `${base}/fuzzed/${part(choices, '1.0')}/yank`,
        body: JSON.stringify(mutateJson(choices, { reason: 'x' })),
      };
    const changed = (text: string) => (choices.chance(0.1) ? mutateText(choices, text).toWellFormed() : text);
    const bytes = choices.chance(0.8) ? made.bytes : mutateBytes(choices, made.bytes);
    const more = Object.fromEntries(
      choices.several(4, () => [
        choices.pick([
          ':action',
          'requires_python',
          'summary',
          'md5_digest',
          'filetype',
          'description',
          choices.oddText().toWellFormed(),
        ]),
        choices.oddText().toWellFormed(),
      ]),
    );
    const form = uploadForm(changed('fuzzed'), changed('1.0'), { file: changed(made.file), bytes }, more);
    return { method: 'POST', path: base, body: form };
  },
);

const files = requests(
  'generic and Maven, requests',
  () => null,
  (choices, _, scene) => {
    const generic = `generic/${part(choices, 'fuzzed')}/${part(choices, version(choices))}/${part(choices, 'file.bin')}`;
    const number = version(choices);
    const folder = `maven/com/${part(choices, 'fuzzed')}/${part(choices, number)}`;
    const artifact = `${folder}/${part(choices, `fuzzed-${number}.jar`)}${choices.pick(['', '.sha1', '.asc'])}`;
    const path = choices.pick([generic, artifact, 'maven/com/fuzzed/maven-metadata.xml']);
    const optional = ([name, value]: [string, string]) =>
      choices.chance(0.15) ? [[name, sendable(mutateText(choices, value))]] : [];
    const all: [string, string][] = [
      ['Content-Range', 'bytes 0-3/8'],
      ['Range', 'bytes=0-3'],
      ['If-None-Match', '"a"'],
      ['If-Modified-Since', 'Sun, 01 Mar 2026 12:00:00 GMT'],
      ['X-Checksum-Sha1', 'a'.repeat(40)],
      ['Digest', 'sha-256=AAAA'],
      ['Content-MD5', 'AAAA'],
      ['Content-Encoding', 'gzip'],
      ['Accept-Encoding', 'gzip'],
    ];
    const status = choices.chance(0.1)
      ? `?status=${part(choices, 'hidden')}&select=${part(choices, 'package_file')}`
      : '';
    return {
      method: choices.pick(['PUT', 'PUT', 'GET', 'HEAD']),
      path: `${packages(scene)}/${path}${status}`,
      headers: Object.fromEntries(all.flatMap(optional)),
      body: choices.pick([choices.bytes(50), Buffer.from('<metadata><plugins/></metadata>'), choices.oddText()]),
    };
  },
);

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

const images = requests(
  'OCI, requests',
  async ({ app, owner, named }) => {
    const scope = `repository:${named.projectPath}:pull,push,delete`;
    const signIn = () =>
      app.fetch(`/jwt/auth?service=container_registry&scope=${scope}`, { headers: basic(owner.username, owner.token) });
    const { token } = (await (await signIn()).json()) as { token: string };
    const begun = await app.fetch(`/v2/${named.projectPath}/blobs/uploads/`, {
      method: 'POST',
      headers: bearer(token),
    });
    return { token, upload: (begun.headers.get('location') ?? '').split('/').at(-1) ?? '', image: named.projectPath };
  },
  (choices, { token, upload, image }) => {
    const digest = () => part(choices, choices.pick([sha256('x'), sha256('{}'), `sha512:${'a'.repeat(128)}`]));
    const name = choices.chance(0.1) ? mutateText(choices, image) : image;
    const session = `blobs/uploads/${choices.chance(0.2) ? part(choices, upload) : upload}`;
    const address = choices.pick([
      session,
      `${session}?digest=${digest()}`,
      `blobs/${digest()}`,
      `blobs/uploads/?mount=${digest()}&from=${part(choices, image)}`,
      `blobs/uploads/?digest=${digest()}`,
      `manifests/${choices.pick(['latest', part(choices, 'v1'), digest()])}`,
      `referrers/${digest()}?artifactType=${part(choices, 'a/b')}`,
      `tags/list?n=${part(choices, '10')}&last=${part(choices, 'a')}`,
    ]);
    const config = { mediaType: 'application/octet-stream', digest: sha256('x'), size: 1 };
    const document = mutateJson(choices, { schemaVersion: 2, mediaType: MANIFEST, config, layers: [config] });
    const isManifest = address.startsWith('manifests/');
    return {
      method: choices.pick(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']),
      path: `/v2/${name}/${address}`,
      headers: {
        'PRIVATE-TOKEN': '',
        ...bearer(choices.chance(0.05) ? sendable(mutateText(choices, token)) : token),
        'Content-Type': isManifest ? MANIFEST : 'application/octet-stream',
        ...(choices.chance(0.3) ? { 'Content-Range': sendable(mutateText(choices, '0-0')) } : {}),
        ...(choices.chance(0.2) ? { Range: sendable(mutateText(choices, 'bytes=0-0')) } : {}),
      },
      body: isManifest ? (JSON.stringify(document) ?? '') : choices.pick(['x', '{}', choices.bytes(20)]),
    };
  },
);

const tokens = requests(
  'OCI, requests for tokens',
  ({ named }) => ({ image: named.projectPath }),
  (choices, { image }, { owner }) => {
    const scope = () => `scope=${part(choices, `repository:${image}:pull,push`)}`;
    const query = [`service=${part(choices, 'container_registry')}`, ...choices.several(4, scope)].join('&');
    const account = basic(choices.chance(0.1) ? sendable(choices.oddText()) : owner.username, owner.token);
    if (choices.chance(0.5)) return { method: 'GET', path: `/jwt/auth?${query}`, headers: account };
    const grant = `grant_type=${part(choices, 'password')}&client_id=x&username=${owner.username}&password=${part(choices, owner.token)}`;
    return {
      method: 'POST',
      path: choices.pick(['/jwt/auth', '/jwt/auth/']),
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: choices.chance(0.2) ? mutateText(choices, `${query}&${grant}`) : `${query}&${grant}`,
    };
  },
);

const LFS = 'application/vnd.git-lfs+json';

const largeFiles = requests(
  'LFS, requests',
  () => null,
  (choices, _, { named, owner }) => {
    const oid = sha256('x').slice('sha256:'.length);
    const root = `/${named.projectPath}.git`;
    const batch = {
      operation: choices.pick(['upload', 'download']),
      transfers: ['basic'],
      objects: [{ oid, size: 1 }],
    };
    const [path, body] = choices.pick<[string, unknown]>([
      [`${root}/info/lfs/objects/batch`, batch],
      [`${root}/info/lfs/objects/batch`, batch],
      [`${root}/info/lfs/verify`, { oid, size: 1 }],
      [`${root}/info/lfs/locks`, { path: part(choices, 'a'), ref: { name: 'refs/heads/main' } }],
      [`${root}/info/lfs/locks/verify`, { cursor: choices.oddText(), limit: 10 }],
      [`${root}/info/lfs/locks/${part(choices, '1')}/unlock`, { force: true }],
      [`${root}/gitlab-lfs/objects/${part(choices, oid)}/${part(choices, '1')}`, 'x'],
    ]);
    return {
      method: choices.pick(['POST', 'POST', 'PUT', 'GET']),
      path: `${path}${choices.chance(0.1) ? `?cursor=${part(choices, '1')}&limit=${part(choices, '5')}&path=${part(choices, 'a')}` : ''}`,
      headers: {
        ...basic(owner.username, owner.token),
        Accept: LFS,
        'Content-Type': choices.chance(0.95) ? LFS : 'text/plain',
      },
      body: JSON.stringify(mutateJson(choices, body)) ?? '',
    };
  },
);

export const PROTOCOLS: readonly FuzzTarget[] = [npm, pypi, files, images, tokens, largeFiles];
