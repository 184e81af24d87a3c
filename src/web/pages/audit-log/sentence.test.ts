import { expect, test } from 'bun:test';
import type { AuditEvent } from '../../../domain/audit/audit.ts';
import { auditAuthorOf } from './sentence.ts';

test('a sentence identifies which of two deploy tokens with the same name acted', () => {
  const by = (id: number) => ({ by: { kind: 'deployToken', id, name: 'ci', ip: null, requestId: null } }) as AuditEvent;
  expect([auditAuthorOf(by(7)), auditAuthorOf(by(8))]).toEqual([
    'The deploy token “ci” (number 7)',
    'The deploy token “ci” (number 8)',
  ]);
});
