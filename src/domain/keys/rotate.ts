import type { Audit } from '../audit/audit.ts';
import type { AuditAuthor } from '../audit/author.ts';
import type { Rotation, SigningKeys } from './signing-keys.ts';

/** Rotates the key of a purpose, with its audit event. @returns the ids of the new and of the replaced key. */
export function rotateSigningKey(
  keys: SigningKeys,
  audit: Pick<Audit, 'record'>,
  by: AuditAuthor,
  options: { instanceKeyLost?: boolean } = {},
): Promise<Rotation> {
  return keys.rotate((trx, { id, replaced }) => {
    const entity = { kind: 'Instance', id: null, path: '' } as const;
    const target = { kind: 'SigningKey', id: null, name: id };
    const details = { purpose: keys.purpose, replaced };
    return audit.record({ action: 'signing_key_rotated', by, entity, target, details }, trx);
  }, options);
}
