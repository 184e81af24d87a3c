import ipaddr from 'ipaddr.js';

type Range = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

/**
 * The address of the client. `X-Forwarded-For` is trusted only from a configured proxy, and only as far back as
 * trusted proxies reach: what stands further left may be the client's own invention.
 * @param peer the address of the connection.
 */
export function clientAddress(peer: string, forwardedFor: string | null, trusted: readonly Range[]): string {
  let address = normalise(peer);
  if (forwardedFor === null || trusted.length === 0) return address;
  const hops = forwardedFor.split(',').map((hop) => hop.trim());
  while (isTrusted(address, trusted)) {
    const hop = hops.pop();
    if (hop === undefined || !ipaddr.isValid(hop)) break;
    address = normalise(hop);
  }
  return address;
}

/** IPv4 addresses come mapped into IPv6 when the socket is dual: one client, one spelling. */
function normalise(address: string): string {
  if (PLAIN.test(address)) return address;
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : address;
}

/** Addresses that need no parsing, as most socket addresses: IPv4 in its usual spelling. */
const PLAIN = /^((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(?!$)|$)){4}$/;

function isTrusted(address: string, trusted: readonly Range[]): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  return trusted.some(([range, bits]) => range.kind() === parsed.kind() && parsed.match(range, bits));
}
