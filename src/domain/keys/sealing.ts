import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { sha256Hex } from '../../lib/digest.ts';
import { Secret } from '../../lib/secret.ts';

/** Keeps a secret readable for us and for nobody who has only the database: AES-256-GCM under a key of the instance. */
export interface Sealer {
  readonly keyId: string;
  /** @param context the owner of the secret; a sealed secret that is moved to another row can't be opened. */
  seal(secret: Secret, context: string): string;
  /** @throws when it was sealed under another key or for another context, or was tampered with. */
  open(sealed: string, context: string): Secret;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** @param key 32 bytes. */
export function createSealer(key: Secret<Uint8Array>): Sealer {
  return {
    keyId: sha256Hex(Buffer.from(key.reveal()).toString('base64')).slice(0, 8),
    seal(secret, context) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key.reveal(), iv).setAAD(Buffer.from(context));
      const body = Buffer.concat([cipher.update(secret.reveal(), 'utf8'), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64');
    },
    open(sealed, context) {
      const bytes = Buffer.from(sealed, 'base64');
      const decipher = createDecipheriv('aes-256-gcm', key.reveal(), bytes.subarray(0, IV_BYTES))
        .setAAD(Buffer.from(context))
        .setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      const body = bytes.subarray(IV_BYTES + TAG_BYTES);
      return new Secret(Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8'));
    },
  };
}
