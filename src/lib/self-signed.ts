import { createPublicKey, type KeyObject, sign } from 'node:crypto';

/**
 * A certificate that holds only a public key, for programs that accept keys in no other form: it has no issuer to
 * trust, no host names and no end. Node cannot make certificates; this kind takes a page, and the packages that make
 * every kind are a dozen.
 * @param key ECDSA on P-256.
 * @returns PEM. RFC 5280 section 4.1; ECDSA with SHA-256 by RFC 5758 section 3.2.
 */
export function selfSignedCertificate(key: KeyObject, commonName: string): string {
  const name = sequence(set(sequence(COMMON_NAME, tagged(0x0c, Buffer.from(commonName, 'utf8')))));
  const validity = sequence(tagged(0x18, Buffer.from('20200101000000Z')), tagged(0x18, Buffer.from(NO_END)));
  const subjectKey = createPublicKey(key).export({ type: 'spki', format: 'der' });
  // The serial number comes before the algorithm. A certificate without extensions has version 1, which has no version
  // field.
  const content = sequence(tagged(0x02, Buffer.of(1)), ECDSA_WITH_SHA256, name, validity, name, subjectKey);
  const signature = sign('sha256', content, { key, dsaEncoding: 'der' });
  const certificate = sequence(content, ECDSA_WITH_SHA256, tagged(0x03, Buffer.of(0), signature));
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

/** The end of a certificate without an end. RFC 5280 section 4.1.2.5. */
const NO_END = '99991231235959Z';

/**
 * A value in DER, X.690 section 8.1: its tag, its length in one byte or after a byte with the number of length bytes,
 * and its contents.
 */
function tagged(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...size), content]);
}

const sequence = (...parts: readonly Uint8Array[]) => tagged(0x30, ...parts);
const set = (...parts: readonly Uint8Array[]) => tagged(0x31, ...parts);

/** 2.5.4.3 and 1.2.840.10045.4.3.2. */
const COMMON_NAME = tagged(0x06, Buffer.of(0x55, 0x04, 0x03));
const ECDSA_WITH_SHA256 = sequence(tagged(0x06, Buffer.of(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02)));
