import { join } from 'node:path';
import type { TestClient } from './client.ts';

/** A certificate authority of nobody's, and a certificate of it for this machine. @returns the paths of their files. */
export async function makeCertificates(client: TestClient) {
  const at = (name: string) => join(client.work, name);
  const openssl = (...command: string[]) => client.ok(['openssl', ...command]);
  const newKey = ['-newkey', 'rsa:2048', '-nodes'];
  await openssl(
    'req',
    '-x509',
    ...newKey,
    '-days',
    '2',
    '-subj',
    '/CN=Story CA',
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.crt'),
  );
  await openssl('req', ...newKey, '-subj', '/CN=localhost', '-keyout', at('server.key'), '-out', at('server.csr'));
  await Bun.write(at('names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  const signing = ['-CA', at('ca.crt'), '-CAkey', at('ca.key'), '-CAcreateserial', '-extfile', at('names')];
  await openssl('x509', '-req', '-in', at('server.csr'), ...signing, '-days', '2', '-out', at('server.crt'));
  return { ca: at('ca.crt'), certificate: at('server.crt'), key: at('server.key') };
}
