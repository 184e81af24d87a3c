import { expect, test } from 'bun:test';
import { pushSentence } from './push-sentence.ts';

const OLD = 'a'.repeat(40);
const NEW = 'b'.repeat(40);
const ref = (name: string, old: string | null, now: string | null, forced = false) => ({
  ref: name,
  old,
  new: now,
  forced,
});

test('a push is described by what it did to its refs', () => {
  const refs = [
    ref('refs/heads/main', OLD, NEW),
    ref('refs/heads/topic/one', OLD, NEW, true),
    ref('refs/tags/v1', null, NEW),
    ref('refs/heads/old', OLD, null),
    ref('refs/notes/commits', null, NEW),
  ];
  expect(pushSentence({ refs })).toBe(
    'created tag v1, notes/commits; updated main; force-pushed topic/one; deleted old',
  );
  expect(pushSentence({ refs: refs.slice(0, 1), count: 7 })).toBe('updated main and 6 more refs');
});
