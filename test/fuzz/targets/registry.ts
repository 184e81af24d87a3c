import { digestOf, parseDigest, toDigest } from '../../../src/domain/images/digest.ts';
import { isReference } from '../../../src/domain/images/manifests.ts';
import { isImageName, isTag, projectPathsOf } from '../../../src/domain/images/names.ts';
import { platformOf } from '../../../src/domain/images/platform.ts';
import { formatUploadId, parseUploadId } from '../../../src/domain/images/upload-id.ts';
import { formatScopes, pageOf, parseContentRange, parseScopes } from '../../../src/protocols/oci/format.ts';
import { parseManifest } from '../../../src/protocols/oci/manifest.ts';
import { bearer } from '../../support/registry.ts';
import type { Choices } from '../choices.ts';
import { type FuzzTarget, mustHold } from '../fuzz.ts';
import { jsonValue, mutateBytes, mutateJson, mutateText } from '../mutate.ts';
import { sendable } from '../scene.ts';

const IMAGE = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const descriptor = (mediaType: string) => ({ mediaType, digest: digestOf(Buffer.from(mediaType), 'sha256'), size: 10 });

const MANIFESTS = [
  {
    schemaVersion: 2,
    mediaType: IMAGE,
    config: descriptor('application/vnd.oci.image.config.v1+json'),
    layers: [descriptor('application/vnd.oci.image.layer.v1.tar+gzip')],
    subject: descriptor(IMAGE),
    annotations: { a: 'b' },
  },
  {
    schemaVersion: 2,
    mediaType: INDEX,
    manifests: [{ ...descriptor(IMAGE), platform: { architecture: 'amd64', os: 'linux', variant: 'v8' } }],
  },
];

const manifests: FuzzTarget = {
  name: 'OCI, manifests and indexes',
  open: () => (choices) => {
    const sample = choices.pick(MANIFESTS);
    const text = Buffer.from(JSON.stringify(mutateJson(choices, sample)));
    const body = choices.try(choices.chance(0.7) ? text : mutateBytes(choices, text));
    const type = choices.chance(0.8) ? sample.mediaType : sendable(mutateText(choices, choices.pick([IMAGE, INDEX])));
    platformOf(jsonValue(choices));
    const manifest = parseManifest(body, choices.chance(0.1) ? null : type);
    for (const digest of [...manifest.blobs, ...manifest.entries]) toDigest(digest);
    mustHold(manifest.imageSize >= 0 && Number.isSafeInteger(manifest.imageSize), 'the size is no size');
  },
};

const names: FuzzTarget = {
  name: 'OCI, names, tags and digests',
  open: () => (choices) => {
    const part = () => choices.pick(['a', 'b-c', 'd__e', 'f.g', '1', choices.oddText()]);
    const name = choices.try(mutateText(choices, choices.words(6, part, '/')));
    const reference = choices.try(mutateText(choices, choices.pick(['latest', 'v1.0', `sha256:${choices.hex(64)}`])));
    const digest = parseDigest(reference);
    mustHold(digest === null || digest.text === reference, 'the digest is printed as another one');
    mustHold(!isTag(reference) || digest === null, 'a reference is a tag and a digest');
    isReference(reference);
    for (const path of projectPathsOf(name)) mustHold(name.startsWith(path) && isImageName(path), `${path} is no name`);
    toDigest(reference);
  },
};

const uploads: FuzzTarget = {
  name: 'OCI, uploads, ranges and pages',
  open: () => (choices) => {
    const kind = choices.pick(['user', 'session', 'personalToken', 'deployToken', 'job', 'anonymous']);
    const sample = `${crypto.randomUUID().replaceAll(/[0-9a-f]/g, () => choices.hex(1))}.${kind}-${choices.below(100)}`;
    const text = choices.try(mutateText(choices, sample));
    const id = parseUploadId(text);
    // Leading zeros of a number are the only difference that there may be.
    mustHold(
      id === null || formatUploadId(id) === text.replace(/-0+(?=\d)(\d*)$/, '-$1'),
      'the id is printed as another one',
    );
    const range = choices.try(
      mutateText(choices, choices.pick(['0-1023', 'bytes 0-1023/2048', 'bytes=5-9', `0-${choices.digits(17)}`])),
    );
    parseContentRange(range);
    pageOf(new URLSearchParams(choices.try({ n: mutateText(choices, choices.digits(4)), last: choices.oddText() })));
    return id === null ? 'refused' : 'accepted';
  },
};

const scopes: FuzzTarget = {
  name: 'OCI, scopes',
  open: () => (choices) => {
    const scope = () =>
      mutateText(choices, choices.pick(['repository:a/b:pull,push', 'registry:catalog:*', 'repository:h:80/a:pull']));
    const values = choices.try(choices.several(choices.pick([3, 60]), () => choices.words(3, scope, ' ')));
    const read = parseScopes(values);
    const again = parseScopes([formatScopes(read as unknown as Parameters<typeof formatScopes>[0])]);
    mustHold(JSON.stringify(again) === JSON.stringify(read), 'the printed scopes are other ones');
    return read.length === 0 ? 'refused' : 'accepted';
  },
};

const jwts: FuzzTarget = {
  name: 'OCI, bearer tokens',
  async open(scene) {
    const { app } = await scene();
    const { tokens } = app.services.images;
    const { token } = await tokens.issue({ kind: 'anonymous' } as Parameters<typeof tokens.issue>[0], []);
    const [header = '', payload = '', signature = ''] = token.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const head = JSON.parse(Buffer.from(header, 'base64url').toString());
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value) ?? '').toString('base64url');
    return async (choices: Choices) => {
      const forged = [encode(mutateJson(choices, head)), encode(mutateJson(choices, claims)), signature].join('.');
      const sent = choices.try(choices.pick([token, forged, mutateText(choices, token), mutateText(choices, forged)]));
      const { outcome } = await tokens.check(sent);
      mustHold(outcome !== 'valid' || isSame(sent, token), 'a changed token is valid');
      bearer(sent);
      return outcome === 'valid' ? 'accepted' : 'refused';
    };
  },
};

/** The same header and claims; the signature may have other bits after its last byte. */
function isSame(sent: string, token: string): boolean {
  const bytes = (text: string) =>
    text
      .split('.')
      .map((part) => Buffer.from(part, 'base64url').toString('hex'))
      .join('.');
  return bytes(sent) === bytes(token);
}

export const REGISTRY: readonly FuzzTarget[] = [manifests, names, uploads, scopes, jwts];
