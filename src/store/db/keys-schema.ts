/** The tables by which several nodes on one database agree. */
export interface KeysSchema {
  signing_keys: SigningKeysTable;
  migration_kinds: MigrationKindsTable;
  sign_in_failures: SignInFailuresTable;
  trusted_sign_ins: TrustedSignInsTable;
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

/** Failed sign-ins in a window of time. */
export interface SignInFailuresTable {
  /** SHA-256 of what is counted, cut to 32 hex digits. */
  key: string;
  failures: number;
  /** End of the window. */
  ends_at: number;
  /** The last failure. */
  failed_at: number;
}

/** An address that signed in to an account with its password. */
export interface TrustedSignInsTable {
  /** As in `sign_in_failures`. */
  key: string;
  trusted_until: number;
}
