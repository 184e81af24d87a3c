/** SHA-256 of bytes, or of the UTF-8 bytes of a text, as 64 lower-case hex digits. */
export function sha256Hex(content: string | Uint8Array): string {
  return new Bun.CryptoHasher('sha256').update(content).digest('hex');
}
