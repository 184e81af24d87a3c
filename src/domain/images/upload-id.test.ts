import { expect, test } from 'bun:test';
import { formatUploadId, ownerOfUpload, parseUploadId } from './upload-id.ts';

const UUID = '6f0e9c2a-0b1d-4c8e-9a53-0d2f4b7c1e90';

test('the id of an upload states its owner', () => {
  const upload = { uuid: UUID, owner: { kind: 'deployToken', id: 12 } } as const;
  const id = formatUploadId(upload);
  expect(id).toBe(`${UUID}.deployToken-12`);
  expect(parseUploadId(id)).toEqual(upload);
  expect(ownerOfUpload(id)).toEqual(upload.owner);
});

test('a text that is no id has no owner', () => {
  const wrong = [
    '',
    UUID,
    `${UUID}.`,
    `${UUID}.deployToken`,
    `${UUID}.deployToken-`,
    `${UUID}.deployToken--1`,
    `${UUID}.deployToken-1e3`,
    `${UUID}.anonymous-null`,
    `${UUID}.toString-1`,
    `${UUID}.deployToken-1.7`,
    `${UUID}.deployToken-1\n`,
    `../${UUID}.deployToken-1`,
    `${UUID.toUpperCase()}.deployToken-1`,
    `${UUID}.deployToken-${'1'.repeat(16)}`,
  ];
  expect(wrong.filter((text) => parseUploadId(text) !== null)).toEqual([]);
});
