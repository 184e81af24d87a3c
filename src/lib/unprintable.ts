/**
 * What no name holds: control characters, which would let it forge lines of logs and of settings files, and those that
 * turn the direction of what is written, which would let it turn our sentences round (Unicode Standard Annex 9, section
 * 2).
 */
const UNPRINTABLE = /[\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069]/g;

export const hasUnprintable = (name: string): boolean => name.search(UNPRINTABLE) >= 0;

/** The name with a mark in place of each of them. */
export const printable = (name: string): string => name.replace(UNPRINTABLE, '\ufffd');
