/** Names of the kinds of things in a registry, by their media or artifact type. The first line that fits counts. */
const KINDS: readonly [RegExp, string][] = [
  [/^application\/vnd\.(oci\.image\.config\.v1|docker\.container\.image\.v1)\+json$/, 'Image'],
  [/cosign\.simplesigning|cosign\.artifact\.sig|cncf\.notary\.signature/, 'Signature'],
  [/dev\.sigstore\.bundle/, 'Signature'],
  [/spdx|cyclonedx|syft/, 'SBOM'],
  [/in-toto|dsse\.envelope/, 'Attestation'],
  [/cncf\.helm\./, 'Helm chart'],
  [/vnd\.(wasm|module\.wasm)/, 'WebAssembly module'],
  [/^application\/vnd\.oci\.empty\.v1\+json$/, 'Artifact'],
];

export const INDEXES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];

interface Typed {
  media_type: string;
  artifact_type: string | null;
}

/** Whether a manifest lists others, one for each platform. */
export const isIndex = ({ media_type }: Pick<Typed, 'media_type'>) => INDEXES.includes(media_type);

/** One word for what a manifest is; what nobody knows is called by its type. */
export function kindOf(manifest: Typed): string {
  const { artifact_type: type } = manifest;
  if (type === null || type === '') return isIndex(manifest) ? 'Image' : 'Artifact';
  return KINDS.find(([pattern]) => pattern.test(type))?.[1] ?? type;
}

const COSIGN = { sig: 'Signature', att: 'Attestation', sbom: 'SBOM' } as const;

/**
 * The attachment and its subject that the name of a tag states: in registries without referrers, cosign finds
 * attachments by such tags. https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md
 */
export function attachmentOf(tag: string): { kind: string; digest: string } | null {
  const [, algorithm, hex, ending] = /^(sha256|sha512)-([0-9a-f]{64,128})\.(sig|att|sbom)$/.exec(tag) ?? [];
  return ending === undefined ? null : { kind: COSIGN[ending as keyof typeof COSIGN], digest: `${algorithm}:${hex}` };
}

/** The names of such tags for a digest. */
export const attachmentTagsOf = (digest: string): string[] =>
  Object.keys(COSIGN).map((ending) => `${digest.replace(':', '-')}.${ending}`);
