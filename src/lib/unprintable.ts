/**
 * Characters that no name may have: control characters, with which it could forge lines of logs and settings files, and
 * bidirectional controls, with which it could reorder the text around it (Unicode Standard Annex 9, section 2).
 */
const UNPRINTABLE = /[\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069]/g;

export const hasUnprintable = (name: string): boolean => name.search(UNPRINTABLE) >= 0;

/** The name with a replacement character for each of them. */
export const printable = (name: string): string => name.replace(UNPRINTABLE, '\ufffd');
