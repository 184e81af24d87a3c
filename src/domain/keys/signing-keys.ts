import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { type Clock, MINUTE, SECOND } from '../../lib/clock.ts';
import { Secret } from '../../lib/secret.ts';
import { StartError } from '../../lib/start-error.ts';
import { type Db, inTransaction } from '../../store/db/database.ts';
import { lockSigningKeys } from '../../store/db/locks.ts';
import * as table from '../../store/tables/signing-keys.ts';
import type { Sealer } from './sealing.ts';

/** A key pair on P-256, for ECDSA with SHA-256 (ES256). */
export interface SigningKey {
  /** The `kid` of what it signs. */
  readonly id: string;
  /** SubjectPublicKeyInfo, PEM. */
  readonly publicKey: string;
  /** PKCS#8, PEM; null for a key that only verifies. */
  readonly privateKey: Secret | null;
}

/** The use of the keys. */
export interface KeyPurpose {
  /** As in the table: `registry`. */
  name: string;
  /** Makes the key id of a public key, given as SubjectPublicKeyInfo in DER. */
  idOf(der: Buffer): string;
  /** Milliseconds that a signature is used after it was made: a replaced key verifies for so long. */
  lifetimeMs: number;
}

/** How old the keys in memory may be: a rotation by another node is known after this time. */
const REFRESH_MS = MINUTE;

/** The same after a key id that is unknown: anyone can send one. */
const UNKNOWN_KEY_REFRESH_MS = SECOND;

export interface KeysDeps {
  db: Db;
  clock: Clock;
  sealer: Sealer;
  /** Logs an error that does not end the work. */
  report(message: string, error: unknown): void;
}

/** The ids of the key that signs now and of the key before it; null when there was none. */
export interface Rotation {
  id: string;
  replaced: string | null;
}

export type SigningKeys = ReturnType<typeof createSigningKeys>;

/**
 * The signing keys of a purpose, in the database that all nodes share, with the private keys sealed under the instance
 * key. One key signs. A key that a rotation has replaced verifies until everything that it signed is over, and is then
 * deleted by the next rotation.
 */
export function createSigningKeys({ db, clock, sealer, report }: KeysDeps, purpose: KeyPurpose) {
  const verifyForMs = purpose.lifetimeMs + REFRESH_MS;
  const cache = createKeyCache({ db, clock, sealer, report }, purpose);
  const { fresh } = cache;
  const isAlive = ({ retiredAt }: LoadedKey) => retiredAt === null || clock() < retiredAt + verifyForMs;
  const insert = async (trx: Db, pem: Secret): Promise<string> => {
    const row = toRow(sealer, purpose, pem, clock());
    await table.insertSigningKey(trx, row);
    return row.id;
  };

  return {
    purpose: purpose.name,

    /**
     * Makes the key that signs where the database has none. Of several nodes that start at once, one makes it and all
     * use it.
     * @param imported the key that this node had in a file; null: a new key is generated.
     * @throws StartError when this server's instance key does not open the key that signs.
     */
    async open(imported: Secret | null): Promise<void> {
      if (!(await hasSigner(db, purpose.name)))
        await inTransaction(db, async (trx) => {
          await lockSigningKeys(trx);
          if (!(await hasSigner(trx, purpose.name))) await insert(trx, imported ?? generateKey());
        });
      await cache.load();
    },

    /** The key that signs. */
    async signer(): Promise<SigningKey> {
      const signer = (await fresh()).find(({ retiredAt }) => retiredAt === null);
      if (!signer) throw new Error(`no ${purpose.name} key signs`);
      return signer.key;
    },

    /** The keys that verify, the one that signs first. */
    verifiers: async (): Promise<SigningKey[]> => (await fresh()).filter(isAlive).map(({ key }) => key),

    /** The key of this id, if it verifies. */
    async verifier(id: string): Promise<SigningKey | undefined> {
      const find = (keys: readonly LoadedKey[]) => keys.find((entry) => entry.key.id === id && isAlive(entry))?.key;
      return find(await fresh()) ?? find(await fresh(UNKNOWN_KEY_REFRESH_MS));
    },

    /**
     * Makes a new key that signs. The key before it verifies what it has signed.
     * @param record writes the audit event, in the same transaction.
     * @param instanceKeyLost whether the operator says that the instance key of the present signer is lost.
     * @throws StartError when the present signer is sealed with another instance key, and that key is not lost.
     */
    async rotate(
      record: (trx: Db, rotation: Rotation) => Promise<void>,
      { instanceKeyLost = false } = {},
    ): Promise<Rotation> {
      const rotated = await inTransaction(db, async (trx) => {
        await lockSigningKeys(trx);
        const rows = await table.listSigningKeys(trx, purpose.name);
        const signer = rows.find((row) => row.retired_at === null);
        if (signer && signer.sealed_key_id !== sealer.keyId && !instanceKeyLost) throw otherInstanceKey(signer, sealer);
        const replaced = signer?.id ?? null;
        await table.deleteRetiredSigningKeys(trx, purpose.name, clock() - verifyForMs);
        await table.retireSigningKeys(trx, purpose.name, clock());
        const rotation = { id: await insert(trx, generateKey()), replaced };
        await record(trx, rotation);
        return rotation;
      });
      cache.clear();
      return rotated;
    },
  };
}

/** The keys of a purpose in memory, with the private keys opened. */
function createKeyCache({ db, clock, sealer, report }: KeysDeps, purpose: KeyPurpose) {
  let loaded: { keys: readonly LoadedKey[]; at: number } | undefined;
  let loading: Promise<readonly LoadedKey[]> | undefined;
  /** The key that signs in the database and that this node cannot open, once that is logged. */
  let reported: string | undefined;

  const load = async (): Promise<readonly LoadedKey[]> => {
    const at = clock();
    const rows = await table.listSigningKeys(db, purpose.name);
    const known = new Map(loaded?.keys.map((entry) => [entry.key.id, entry]));
    const signerFirst = rows.toSorted((a, b) => Number(a.retired_at !== null) - Number(b.retired_at !== null));
    try {
      loaded = { keys: signerFirst.map((row) => loadKey(sealer, row, known.get(row.id))), at };
      reported = undefined;
    } catch (error) {
      // A node that has keys goes on with them: a rotation elsewhere under another instance key does not stop it.
      if (!loaded || !(error instanceof StartError)) throw error;
      loaded = { keys: loaded.keys, at };
      if (reported !== signerFirst[0]?.id) report('a new signing key cannot be opened; the old one is used', error);
      reported = signerFirst[0]?.id;
    }
    return loaded.keys;
  };
  /** At most `REFRESH_MS` old; concurrent callers share one query. */
  const fresh = async (maxAgeMs = REFRESH_MS): Promise<readonly LoadedKey[]> => {
    if (loaded && clock() - loaded.at < maxAgeMs) return loaded.keys;
    loading ??= load().finally(() => {
      loading = undefined;
    });
    return loading;
  };
  return {
    load,
    fresh,
    clear() {
      loaded = undefined;
    },
  };
}

interface LoadedKey {
  key: SigningKey;
  retiredAt: number | null;
}

async function hasSigner(db: Db, purpose: string): Promise<boolean> {
  return (await table.listSigningKeys(db, purpose)).some(({ retired_at }) => retired_at === null);
}

/** @param known the same key as it was loaded before: its private key is not opened a second time. */
function loadKey(sealer: Sealer, row: table.SigningKeyRow, known: LoadedKey | undefined): LoadedKey {
  const { id, public_key: publicKey, retired_at: retiredAt } = row;
  if (known && (retiredAt === null) === (known.retiredAt === null)) return { key: known.key, retiredAt };
  return { key: { id, publicKey, privateKey: retiredAt === null ? openKey(sealer, row) : null }, retiredAt };
}

function openKey(sealer: Sealer, row: table.SigningKeyRow): Secret {
  const { sealed, sealed_key_id: sealedBy } = row;
  try {
    if (sealedBy === sealer.keyId) return sealer.open(sealed, contextOf(row));
  } catch {
    // The sentence below holds for a damaged row too: it names both keys.
  }
  throw otherInstanceKey(row, sealer);
}

const otherInstanceKey = ({ purpose, sealed_key_id }: table.SigningKeyRow, { keyId }: Sealer) =>
  new StartError(
    `The ${purpose} signing key in the database is sealed with the instance key ${sealed_key_id}, and this server has the ` +
      `instance key ${keyId}. Set POSTERN_SECRET_KEY, or put secret.key back into the data folder, as it was; ` +
      `if that key is lost, run "postern keys rotate ${purpose} --instance-key-lost".`,
  );

/** A sealed key that is moved to another row does not open. */
const contextOf = ({ purpose, id }: Pick<table.SigningKeyRow, 'purpose' | 'id'>) => `signing key ${purpose} ${id}`;

function toRow(sealer: Sealer, { name: purpose, idOf }: KeyPurpose, pem: Secret, now: number): table.SigningKeyRow {
  const publicKey = createPublicKey(createPrivateKey(pem.reveal()));
  const id = idOf(publicKey.export({ type: 'spki', format: 'der' }));
  return {
    id,
    purpose,
    public_key: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    sealed: sealer.seal(pem, contextOf({ purpose, id })),
    sealed_key_id: sealer.keyId,
    created_at: now,
    retired_at: null,
  };
}

function generateKey(): Secret {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return new Secret(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
}
