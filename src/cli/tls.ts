import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { codeOf } from '../lib/code-of.ts';
import { StartError } from '../lib/start-error.ts';

export interface TlsFiles {
  certFile: string;
  keyFile: string;
}

export interface Tls {
  /** The PEM chain, as the file has it. */
  cert: string;
  key: string;
  /** The server's own certificate, the first of the chain. */
  leaf: X509Certificate;
}

/**
 * @throws StartError with the name of the setting, when a file cannot be read or parsed, or the key does not belong to
 * the certificate.
 */
export function loadTls({ certFile, keyFile }: TlsFiles): Tls {
  const cert = read('POSTERN_TLS_CERT', certFile);
  const key = read('POSTERN_TLS_KEY', keyFile);
  const leaf = parse('POSTERN_TLS_CERT', certFile, 'certificate', () => new X509Certificate(cert));
  const privateKey = parse('POSTERN_TLS_KEY', keyFile, 'private key without a passphrase', () => createPrivateKey(key));
  if (!leaf.checkPrivateKey(privateKey)) {
    throw new StartError(`POSTERN_TLS_KEY: ${keyFile} is not the key of the first certificate in ${certFile}.`);
  }
  return { cert, key, leaf };
}

function read(setting: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new StartError(`${setting}: ${file} cannot be read: ${codeOf(error) ?? 'unknown error'}.`);
  }
}

function parse<T>(setting: string, file: string, what: string, make: () => T): T {
  try {
    return make();
  } catch {
    throw new StartError(`${setting}: ${file} is not a PEM ${what}.`);
  }
}
