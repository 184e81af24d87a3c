import { conflict, unprocessable } from '../../lib/errors.ts';

/** Errors of both stores, so that they do not reveal where blobs are stored. */
export const isBusy = () => conflict('Another request is adding to this upload.');

export const isWhole = () => conflict('This upload is whole already.');

export const wrongDigest = (algorithm: 'sha256' | 'sha512', actual: string, expected: string) =>
  unprocessable(`The bytes that came have the digest ${algorithm}:${actual}, not ${algorithm}:${expected}.`);
