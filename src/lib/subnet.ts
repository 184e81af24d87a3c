import ipaddr from 'ipaddr.js';

/**
 * The network that counts as one address when failures are counted: an IPv4 address, or the /64 of an IPv6 address,
 * since the owner of one address of a /64 has all of them (RFC 6177). Any other text counts as itself.
 */
export function subnetOf(ip: string): string {
  if (!ipaddr.isValid(ip)) return ip;
  const address = ipaddr.process(ip);
  if (address.kind() === 'ipv4') return address.toString();
  const network = (address as ipaddr.IPv6).parts.slice(0, 4).map((part) => part.toString(16));
  return `${network.join(':')}::/64`;
}
