/**
 * Sends a client to the storage for what it asked us for and may have. The address works for anyone who knows it, for a
 * while: it is for this client alone and kept nowhere. The method, and a range, stay as they are. RFC 9110 section
 * 15.4.8.
 */
export const redirectToStorage = (address: string): Response =>
  new Response(null, {
    status: 307,
    headers: { Location: address, 'Cache-Control': 'no-store', 'Content-Length': '0' },
  });
