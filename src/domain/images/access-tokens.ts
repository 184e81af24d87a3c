import { createHash, createPrivateKey, createPublicKey } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { JWTExpired } from 'jose/errors';
import { SignJWT } from 'jose/jwt/sign';
import { jwtVerify } from 'jose/jwt/verify';
import { importPKCS8, importSPKI } from 'jose/key/import';
import { type Clock, SECOND } from '../../lib/clock.ts';
import type { Secret } from '../../lib/secret.ts';
import { selfSignedCertificate } from '../../lib/self-signed.ts';

/** Whose bearer token it is. It is looked up on every request: the token by itself opens nothing. */
export type TokenSubject =
  | { kind: 'anonymous' }
  | { kind: 'deployToken'; id: number; username: string }
  | { kind: 'personalToken'; id: number; username: string }
  | { kind: 'user'; id: number; username: string };

/** What a bearer token was issued for, as the registry's token protocol writes it. */
export interface AccessEntry {
  type: 'repository' | 'registry';
  name: string;
  actions: ('pull' | 'push' | 'delete' | '*')[];
  /** Which project that is; for registries that are not this one. */
  meta?: { project_path: string; project_id: number; root_namespace_id: number };
}

export type BearerCheck =
  | { outcome: 'valid'; holder: TokenSubject; access: AccessEntry[] }
  | { outcome: 'expired' | 'invalid' };

export const SERVICE = 'container_registry';
const ISSUER = 'postern';
/** As GitLab: long enough for a request, and clients that know `expires_in` renew in time. */
export const LIFETIME_SECONDS = 300;
/** Clocks of machines that share a key differ a little. */
const CLOCK_TOLERANCE_SECONDS = 5;

const EXPIRED: BearerCheck = { outcome: 'expired' };
/** Tokens found good are about 1 kB each and live for minutes. */
const MAX_VERIFIED = 5000;

export type AccessTokens = ReturnType<typeof createAccessTokens>;

/**
 * Issues and checks the bearer tokens of the registry: JWTs signed by ES256.
 * https://distribution.github.io/distribution/spec/auth/jwt/
 * @param pem the private key, PKCS#8.
 */
export function createAccessTokens(pem: Secret, clock: Clock) {
  const publicKey = createPublicKey(pem.reveal());
  const kid = keyId(publicKey.export({ type: 'spki', format: 'der' }));
  const signing = importPKCS8(pem.reveal(), 'ES256');
  const checking = importSPKI(publicKey.export({ type: 'spki', format: 'pem' }).toString(), 'ES256');
  let certificate: string | undefined;
  const now = () => Math.floor(clock() / SECOND);
  const verified = new Map<string, { check: BearerCheck; expiresAt: number }>();
  const sign = async (payload: JWTPayload) =>
    new SignJWT(payload)
      .setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid })
      .setIssuer(ISSUER)
      .setAudience(SERVICE)
      .setIssuedAt(now())
      .setNotBefore(now() - CLOCK_TOLERANCE_SECONDS)
      .setExpirationTime(now() + LIFETIME_SECONDS)
      .setJti(crypto.randomUUID())
      .sign(await signing);
  const verify = async (token: string): Promise<BearerCheck> => {
    try {
      const { payload } = await jwtVerify(token, await checking, {
        issuer: ISSUER,
        audience: SERVICE,
        algorithms: ['ES256'],
        requiredClaims: ['exp', 'holder', 'access'],
        currentDate: new Date(clock()),
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
      });
      const check: BearerCheck = {
        outcome: 'valid',
        holder: payload['holder'] as TokenSubject,
        access: payload['access'] as AccessEntry[],
      };
      if (verified.size >= MAX_VERIFIED) verified.clear();
      verified.set(token, { check, expiresAt: Number(payload.exp) });
      return check;
    } catch (error) {
      return error instanceof JWTExpired ? EXPIRED : { outcome: 'invalid' };
    }
  };

  return {
    /** A token for these things, for five minutes. */
    async issue(holder: TokenSubject, access: AccessEntry[]): Promise<{ token: string; issuedAt: number }> {
      const auth_type = AUTH_TYPES[holder.kind];
      const user = holder.kind === 'anonymous' ? {} : { user: await sign({ user_info: userInfo(holder) }) };
      const subject = holder.kind === 'deployToken' || holder.kind === 'anonymous' ? '' : holder.username;
      const token = await sign({ sub: subject, auth_type, access, holder, ...user });
      return { token, issuedAt: now() * SECOND };
    },

    /**
     * Whether a token is one of ours and not over, by the one algorithm and key that we use: what its header says of
     * keys and algorithms decides nothing. The same bytes have the same signature, so that a client's second request
     * costs no second look at it; whether its holder is still let in is not remembered.
     */
    check(token: string): BearerCheck | Promise<BearerCheck> {
      const known = verified.get(token);
      if (!known) return verify(token);
      return known.expiresAt > now() - CLOCK_TOLERANCE_SECONDS ? known.check : EXPIRED;
    },

    /** The public key as PEM. */
    publicKey: () => publicKey.export({ type: 'spki', format: 'pem' }).toString(),

    /** The public key in a certificate, as PEM: registries up to CNCF distribution 2.8 take keys in no other form. */
    certificate: () => {
      certificate ??= selfSignedCertificate(createPrivateKey(pem.reveal()), ISSUER);
      return certificate;
    },

    /** The public key as a JSON Web Key Set. RFC 7517. */
    keySet: () => ({ keys: [{ ...publicKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256', kid }] }),
  };
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
