/** The last wall: whatever a caller forgot to check, no path and no key is ever made of anything but a digest. */
export function assertDigest(sha256: string): string {
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw new Error('not a SHA-256 digest');
  return sha256;
}

/** The same for uploads: nothing but letters, digits, dashes and dots between them. */
export function assertUploadId(id: string): string {
  if (!/^[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*$/.test(id) || id.length > 200) throw new Error('not a name of an upload');
  return id;
}
