import { expect, test } from 'bun:test';
import { type createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { selfSignedCertificate } from './self-signed.ts';

const pemOf = (key: ReturnType<typeof createPublicKey>) => key.export({ type: 'spki', format: 'pem' });

test('the certificate is for the key, is signed by it, and has no end', () => {
  for (const name of ['postern', 'n'.repeat(200), 'Grüße']) {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const certificate = new X509Certificate(selfSignedCertificate(privateKey, name));
    expect(certificate.subject).toBe(`CN=${name}`);
    expect(pemOf(certificate.publicKey)).toBe(pemOf(publicKey));
    expect(certificate.verify(publicKey)).toBe(true);
    const { publicKey: other } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    expect(certificate.verify(other)).toBe(false);
    expect(Date.parse(certificate.validTo)).toBe(Date.parse('9999-12-31T23:59:59Z'));
    expect(Date.parse(certificate.validFrom)).toBe(Date.parse('2020-01-01'));
  }
});
