import type { X509Certificate } from 'node:crypto';
import type { Config } from '../config/config.ts';
import { type Check, fail, ok, warning } from '../domain/diagnostics/check.ts';
import { DAY } from '../lib/clock.ts';
import { codeOf } from '../lib/code-of.ts';
import { messageOf } from '../lib/message-of.ts';
import { loadTls, type TlsFiles } from './tls.ts';

/** Checks that the certificate and its key are valid now, and for the hosts in the public URLs. */
export function checkTls(files: TlsFiles, urls: readonly string[], now: number): Check[] {
  const what = 'certificate';
  try {
    const { leaf } = loadTls(files);
    return [...checkTimes(leaf, now), ...urls.flatMap((url) => checkName(leaf, new URL(url).hostname))];
  } catch (error) {
    return [fail(what, messageOf(error), 'Give the PEM files of one certificate and its key.')];
  }
}

function checkTimes(leaf: X509Certificate, now: number): Check[] {
  const from = Date.parse(leaf.validFrom);
  const to = Date.parse(leaf.validTo);
  const advice = 'Get a new certificate, and restart.';
  if (now < from) return [fail('certificate', `The certificate is not valid before ${leaf.validFrom}.`, advice)];
  if (now > to) return [fail('certificate', `The certificate expired on ${leaf.validTo}.`, advice)];
  if (to - now < 14 * DAY) return [warning('certificate', `The certificate expires on ${leaf.validTo}.`, advice)];
  return [ok('certificate', `The certificate is valid until ${leaf.validTo}, and the key belongs to it.`)];
}

function checkName(leaf: X509Certificate, host: string): Check[] {
  const name = host.replace(/^\[|\]$/g, '');
  const isAddress = name.includes(':') || /^[\d.]+$/.test(name);
  if ((isAddress ? leaf.checkIP(name) : leaf.checkHost(name)) !== undefined) return [];
  const message = `The certificate is not for ${name}, a host in POSTERN_URL or POSTERN_REGISTRY_URL.`;
  return [fail('certificate', message, 'Get a certificate for that name, or correct the setting.')];
}

/** Checks that clients reach the server at the public URL. A server that does not run yet is a warning. */
export async function checkUrl({ url, tls, trustedProxies }: Config): Promise<Check> {
  const { protocol, hostname } = new URL(url);
  if (tls && protocol === 'http:') {
    const message = `POSTERN_URL is ${url}, but with POSTERN_TLS_CERT the server speaks https.`;
    return fail('url', message, `Set POSTERN_URL to ${url.replace('http:', 'https:')}.`);
  }
  const answer = await ask(url);
  if (answer === 'not ours') {
    const message = `Another program answers at ${url}, not Postern.`;
    return fail('url', message, 'Correct POSTERN_URL, or the target of the proxy there.');
  }
  if (answer !== 'ours') {
    const message = `Nobody answers at ${url}: ${answer}.`;
    return warning('url', message, 'Start the server. If it runs, check DNS, firewall, proxy and certificate.');
  }
  const isLocal = /^(localhost|127\..*|\[::1\])$/.test(hostname);
  if (protocol === 'http:' && !isLocal && trustedProxies.length === 0) {
    const message = `Postern answers at ${url}, but tokens cross the network unencrypted.`;
    return warning('url', message, 'Set POSTERN_TLS_CERT and POSTERN_TLS_KEY, or put a proxy with TLS in front.');
  }
  return ok('url', `Postern answers at ${url}.`);
}

/** @returns whether this program answers; the error when nobody does. */
async function ask(url: string): Promise<'ours' | 'not ours' | string> {
  try {
    const response = await fetch(`${url}/-/health`, { redirect: 'manual', signal: AbortSignal.timeout(3000) });
    const text = await response.text();
    return response.headers.has('x-request-id') && /"status":\s*"ok"/.test(text) ? 'ours' : 'not ours';
  } catch (error) {
    return codeOf(error) ?? messageOf(error);
  }
}
