import { expect, test } from 'bun:test';
import type { AuditEvent } from '../../../domain/audit/audit.ts';
import { doerOf } from './sentence.ts';

test('of two deploy tokens with one name it is told which', () => {
  const by = (id: number) => ({ by: { kind: 'deployToken', id, name: 'ci', ip: null, requestId: null } }) as AuditEvent;
  expect([doerOf(by(7)), doerOf(by(8))]).toEqual([
    'The deploy token “ci” (number 7)',
    'The deploy token “ci” (number 8)',
  ]);
});
