/** The tables by which several nodes on one database agree. */
export interface KeysSchema {
  signing_keys: SigningKeysTable;
  migration_kinds: MigrationKindsTable;
}

/** One purpose has one key that signs, and keys that only verify until the tokens they signed are expired. */
export interface SigningKeysTable {
  /** The key id that tokens carry in `kid`. */
  id: string;
  /** `registry`. */
  purpose: string;
  /** SubjectPublicKeyInfo, PEM. */
  public_key: string;
  /** The private key (PKCS#8, PEM) under AES-256-GCM. */
  sealed: string;
  /** Id of the instance key that sealed it. */
  sealed_key_id: string;
  created_at: number;
  /** When a rotation replaced it; null: it signs. */
  retired_at: number | null;
}

/** One row for each applied migration; written by the program that applied it. */
export interface MigrationKindsTable {
  name: string;
  kind: string;
}
