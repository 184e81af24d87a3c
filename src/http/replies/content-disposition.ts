/**
 * The value of `Content-Disposition`. RFC 6266.
 * @param filename under which a browser or `curl -OJ` saves the file. It is well-formed Unicode.
 */
export const contentDisposition = (type: 'attachment' | 'inline', filename: string): string =>
  `${type}; filename="${quoted(filename)}"; filename*=UTF-8''${encoded(filename)}`;

/**
 * The plain form takes ASCII alone, and some clients decode `%41` in it; those that understand the other form prefer
 * that. RFC 6266 section 4.3 and appendix D.
 */
const quoted = (filename: string) => filename.replace(/[^\x20-\x7e]|["\\%]/g, '_');

/** RFC 8187 section 3.2.1: unlike in an address, these four characters are escaped too. */
const encoded = (filename: string) =>
  encodeURIComponent(filename).replace(/['()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);
