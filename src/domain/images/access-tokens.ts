import { createHash, createPrivateKey, createPublicKey } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { decodeProtectedHeader } from 'jose/decode/protected_header';
import { JWTExpired } from 'jose/errors';
import { SignJWT } from 'jose/jwt/sign';
import { jwtVerify } from 'jose/jwt/verify';
import { importPKCS8, importSPKI } from 'jose/key/import';
import { LRUCache } from 'lru-cache';
import { type Clock, SECOND } from '../../lib/clock.ts';
import { selfSignedCertificate } from '../../lib/self-signed.ts';
import type { CredentialRef } from '../access/credential-ref.ts';
import type { KeyPurpose, SigningKey, SigningKeys } from '../keys/signing-keys.ts';

/** The subject of a bearer token. It is looked up on every request: the token alone opens nothing. */
export type TokenSubject = Exclude<CredentialRef, { kind: 'session' | 'job' }> & { username: string };

/** The access that a bearer token was issued for, in the form of the registry's token protocol. */
export interface AccessEntry {
  type: 'repository' | 'registry';
  name: string;
  actions: ('pull' | 'push' | 'delete' | '*')[];
  /** The project, for other registries. */
  meta?: { project_path: string; project_id: number; root_namespace_id: number };
}

export type BearerCheck =
  | { outcome: 'valid'; holder: TokenSubject; access: AccessEntry[]; withheld: string[] }
  | { outcome: 'expired' | 'invalid' };

export const SERVICE = 'container_registry';
const ISSUER = 'postern';
/** As GitLab: long enough for a request, and clients that know `expires_in` renew in time. */
export const LIFETIME_SECONDS = 300;
/** Clocks of machines that share a key differ a little. */
const CLOCK_TOLERANCE_SECONDS = 5;

const EXPIRED: BearerCheck = { outcome: 'expired' };
const INVALID: BearerCheck = { outcome: 'invalid' };
/** Verified tokens are about 1 kB each and live for minutes. */
const MAX_VERIFIED = 5000;

/** The keys that sign the bearer tokens. */
export const REGISTRY_KEYS: KeyPurpose = {
  name: 'registry',
  idOf: keyId,
  lifetimeMs: (LIFETIME_SECONDS + CLOCK_TOLERANCE_SECONDS) * SECOND,
};

export type AccessTokens = ReturnType<typeof createAccessTokens>;

/**
 * Issues and checks the bearer tokens of the registry: JWTs signed by ES256.
 * https://distribution.github.io/distribution/spec/auth/jwt/
 */
export function createAccessTokens(keys: Pick<SigningKeys, 'signer' | 'verifier' | 'verifiers'>, clock: Clock) {
  const cryptoKeys = createCryptoKeys();
  let certificate: { of: SigningKey; pem: string } | undefined;
  const now = () => Math.floor(clock() / SECOND);
  const verified = new LRUCache<string, { check: BearerCheck; expiresAt: number }>({ max: MAX_VERIFIED });
  const sign = async (payload: JWTPayload, key: SigningKey) =>
    new SignJWT(payload)
      .setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: key.id })
      .setIssuer(ISSUER)
      .setAudience(SERVICE)
      .setIssuedAt(now())
      .setNotBefore(now() - CLOCK_TOLERANCE_SECONDS)
      .setExpirationTime(now() + LIFETIME_SECONDS)
      .setJti(crypto.randomUUID())
      .sign(await cryptoKeys.signing(key));
  const verify = async (token: string): Promise<BearerCheck> => {
    const key = await keys.verifier(keyIdOf(token));
    if (!key) return INVALID;
    try {
      const { payload } = await jwtVerify(token, await cryptoKeys.verifying(key), {
        issuer: ISSUER,
        audience: SERVICE,
        algorithms: ['ES256'],
        requiredClaims: ['exp', 'holder', 'access'],
        currentDate: new Date(clock()),
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        // Nothing that a replaced key has signed is valid for longer than the key verifies.
        maxTokenAge: LIFETIME_SECONDS,
      });
      const check: BearerCheck = {
        outcome: 'valid',
        holder: payload['holder'] as TokenSubject,
        access: payload['access'] as AccessEntry[],
        withheld: (payload['withheld'] ?? []) as string[],
      };
      const expiresAt = Math.min(Number(payload.exp), Number(payload.iat) + LIFETIME_SECONDS);
      verified.set(token, { check, expiresAt });
      return check;
    } catch (error) {
      return error instanceof JWTExpired ? EXPIRED : INVALID;
    }
  };

  return {
    /**
     * Issues a token for this access, valid for five minutes.
     * @param withheld images that were requested too, and to which no access was granted.
     */
    async issue(
      holder: TokenSubject,
      access: AccessEntry[],
      withheld: readonly string[] = [],
    ): Promise<{ token: string; issuedAt: number }> {
      const key = await keys.signer();
      const auth_type = AUTH_TYPES[holder.kind];
      const user = holder.kind === 'anonymous' ? {} : { user: await sign({ user_info: userInfo(holder) }, key) };
      const subject = holder.kind === 'deployToken' || holder.kind === 'anonymous' ? '' : holder.username;
      const more = withheld.length > 0 ? { withheld } : {};
      const token = await sign({ sub: subject, auth_type, access, ...more, holder, ...user }, key);
      return { token, issuedAt: now() * SECOND };
    },

    /**
     * Checks that one of our keys signed a token by our one algorithm, and that it is not expired. The token's header
     * selects one of our keys, and nothing else. The same bytes have the same signature, so that the second request
     * with a token costs no second verification; whether its subject still has access is not cached.
     */
    check(token: string): BearerCheck | Promise<BearerCheck> {
      const known = verified.get(token);
      if (!known) return verify(token);
      return known.expiresAt > now() - CLOCK_TOLERANCE_SECONDS ? known.check : EXPIRED;
    },

    /** The public key of the key that signs, as PEM. */
    publicKey: async (): Promise<string> => (await keys.signer()).publicKey,

    /** The same in a certificate, as PEM: registries up to CNCF distribution 2.8 take keys in no other form. */
    async certificate(): Promise<string> {
      const key = await keys.signer();
      if (certificate?.of !== key)
        certificate = { of: key, pem: selfSignedCertificate(createPrivateKey(privatePem(key)), ISSUER) };
      return certificate.pem;
    },

    /** The public keys that verify, as a JSON Web Key Set. RFC 7517. */
    keySet: async () => ({
      keys: (await keys.verifiers()).map(({ id, publicKey }) => ({
        ...createPublicKey(publicKey).export({ format: 'jwk' }),
        use: 'sig',
        alg: 'ES256',
        kid: id,
      })),
    }),
  };
}

/** The keys as the signing library takes them, each made once. */
function createCryptoKeys() {
  const signing = new WeakMap<SigningKey, ReturnType<typeof importPKCS8>>();
  const verifying = new WeakMap<SigningKey, ReturnType<typeof importSPKI>>();
  const once = <T extends object>(made: WeakMap<SigningKey, T>, key: SigningKey, make: () => T): T => {
    const value = made.get(key) ?? make();
    made.set(key, value);
    return value;
  };
  return {
    signing: (key: SigningKey) => once(signing, key, () => importPKCS8(privatePem(key), 'ES256')),
    verifying: (key: SigningKey) => once(verifying, key, () => importSPKI(key.publicKey, 'ES256')),
  };
}

function privatePem({ id, privateKey }: SigningKey): string {
  if (!privateKey) throw new Error(`the key ${id} only verifies`);
  return privateKey.reveal();
}

/** The key id in the header of a token; empty where there is none. */
function keyIdOf(token: string): string {
  try {
    const { kid } = decodeProtectedHeader(token);
    return typeof kid === 'string' ? kid : '';
  } catch {
    return '';
  }
}

const AUTH_TYPES: Record<TokenSubject['kind'], string> = {
  anonymous: 'none',
  deployToken: 'deploy_token',
  personalToken: 'personal_access_token',
  user: 'gitlab_or_ldap',
};

function userInfo(holder: Exclude<TokenSubject, { kind: 'anonymous' }>) {
  const { username } = holder;
  if (holder.kind === 'deployToken') return { token_type: 'deploy_token', username, deploy_token_id: holder.id };
  return { token_type: AUTH_TYPES[holder.kind], username };
}

/**
 * The name of a key as registries expect it: the first 30 bytes of the SHA-256 of its DER form, in base32, in groups of
 * four with colons between them.
 */
function keyId(der: Buffer): string {
  const bits = [...createHash('sha256').update(der).digest().subarray(0, 30)]
    .map((byte) => byte.toString(2).padStart(8, '0'))
    .join('');
  const letters = bits.match(/.{5}/g)?.map((five) => BASE32[Number.parseInt(five, 2)]) ?? [];
  return letters.join('').match(/.{4}/g)?.join(':') ?? '';
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
