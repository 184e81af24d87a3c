import { basic, type TestApp } from './app.ts';

/** The credential: of a deploy token, or of a user with a personal access token. */
export interface Login {
  username: string;
  secret: string;
}

export interface Claims {
  iss: string;
  aud: string;
  sub: string;
  exp: number;
  iat: number;
  nbf: number;
  jti: string;
  auth_type: string;
  access: { type: string; name: string; actions: string[]; meta?: Record<string, unknown> }[];
  user?: string;
  user_info?: Record<string, unknown>;
}

/** The payload of a signed token; the signature is not verified here. */
export const claimsOf = (token: string): Claims =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as Claims;

export const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

export const sha256 = (bytes: Uint8Array | string) =>
  `sha256:${new Bun.CryptoHasher('sha256').update(bytes).digest('hex')}`;
export const sha512 = (bytes: Uint8Array | string) =>
  `sha512:${new Bun.CryptoHasher('sha512').update(bytes).digest('hex')}`;

/** The codes of an error answer, which must be of the shape that clients read. */
export async function codesOf(response: Response): Promise<string[]> {
  const { errors } = (await response.json()) as { errors: { code: string; message: string }[] };
  if (errors.some(({ message }) => message.length === 0)) throw new Error('an error without a sentence');
  return errors.map(({ code }) => code);
}

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

/** A client of the registry for tests in the process, and what many of them do. */
export function createRegistryClient({ fetch }: Pick<TestApp, 'fetch'>) {
  /** Asks the token service. `scopes` are sent as one parameter each. */
  const ask = (login: Login | null, ...scopes: string[]): Promise<Response> => {
    const query = new URLSearchParams([
      ['service', 'container_registry'],
      ...scopes.map((scope): [string, string] => ['scope', scope]),
    ]);
    return fetch(`/jwt/auth?${query}`, { headers: login ? basic(login.username, login.secret) : {} });
  };

  const signIn = async (login: Login | null, ...scopes: string[]) => {
    const response = await ask(login, ...scopes);
    if (response.status !== 200) throw new Error(`the token service answered ${response.status}`);
    return bearer(((await response.json()) as { token: string }).token);
  };

  return {
    ask,
    /** The claims of the token that is issued. */
    async granted(login: Login | null, ...scopes: string[]): Promise<Claims['access']> {
      const response = await ask(login, ...scopes);
      if (response.status !== 200) throw new Error(`the token service answered ${response.status}`);
      return claimsOf(((await response.json()) as { token: string }).token).access;
    },
    /** The headers of a bearer token. @throws when none is given. */
    signIn,

    async pushBlob(headers: Record<string, string>, image: string, bytes: Uint8Array | string, digest = sha256(bytes)) {
      const response = await fetch(`/v2/${image}/blobs/uploads/?digest=${digest}`, {
        method: 'POST',
        headers,
        body: bytes,
      });
      if (response.status !== 201) throw new Error(`pushing a blob was answered ${response.status}`);
      return { digest, size: Buffer.byteLength(bytes), mediaType: 'application/octet-stream' };
    },

    putManifest(headers: Record<string, string>, image: string, reference: string, manifest: unknown, type = MANIFEST) {
      const body = typeof manifest === 'string' ? manifest : JSON.stringify(manifest);
      return fetch(`/v2/${image}/manifests/${reference}`, {
        method: 'PUT',
        headers: { ...headers, 'Content-Type': type },
        body,
      });
    },
  };
}

/** An image manifest of these parts; more fields as wanted. */
export const imageManifest = (config: object, layers: readonly object[], more: Record<string, unknown> = {}) => ({
  schemaVersion: 2,
  mediaType: MANIFEST,
  config,
  layers,
  ...more,
});

export const indexOf = (manifests: readonly object[], more: Record<string, unknown> = {}) => ({
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.index.v1+json',
  manifests,
  ...more,
});
