import type { Migration } from 'kysely/migration';

/**
 * The effect of a migration on a program that does not know it. The rule is in CONTRIBUTING.md, "The database".
 * - `expand`: it only adds. A program that does not know it still works on the schema.
 * - `contract`: it removes or narrows something. A program that does not know it must not start.
 */
export type MigrationKind = 'expand' | 'contract';

/** A migration as its file exports it. */
export interface DeclaredMigration extends Migration {
  readonly kind: MigrationKind;
}
