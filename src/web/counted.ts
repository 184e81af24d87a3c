/** A number with its noun: `1 tag`, `2 tags`. @param noun in the singular; its plural ends in `s`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
