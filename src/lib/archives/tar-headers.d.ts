/** The part of tar-stream that decodes headers, of which its types say nothing. Its version is pinned. */
declare module 'tar-stream/headers.js' {
  import type { Headers } from 'tar-stream';

  /** @returns null for an empty block. @throws when it is no header. */
  export function decode(block: Uint8Array, nameEncoding: 'utf-8'): Headers | null;
  export function decodeLongPath(bytes: Uint8Array, nameEncoding: 'utf-8'): string;
  /** The fields by name; of two fields of one name the last. */
  export function decodePax(bytes: Uint8Array): Record<string, string>;
}
