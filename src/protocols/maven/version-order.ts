/**
 * A number without leading zeros; the rank of a qualifier; or a list, which starts after a dash or between digits and
 * letters.
 */
export type Item = { digits: string } | { rank: string } | Item[];

const QUALIFIERS = ['alpha', 'beta', 'milestone', 'rc', 'snapshot', '', 'sp'];
const ALIASES = new Map(Object.entries({ ga: '', final: '', release: '', cr: 'rc' }));
/** Qualifiers that a single letter abbreviates before a digit. */
const SHORT = new Map(Object.entries({ a: 'alpha', b: 'beta', m: 'milestone' }));

/** Unknown qualifiers sort after the known ones, by their letters. */
function rankOf(qualifier: string): string {
  const at = QUALIFIERS.indexOf(ALIASES.get(qualifier) ?? qualifier);
  return at < 0 ? `${QUALIFIERS.length}-${qualifier}` : String(at);
}
const RELEASE = rankOf('');

/**
 * Sorts versions as Maven 3 does, the lowest first. Equal versions are sorted in a stable order.
 * https://maven.apache.org/pom.html#version-order-specification
 */
export function sortVersions(versions: readonly string[]): string[] {
  return versions
    .map((version) => ({ version, items: parseVersion(version) }))
    .sort((a, b) => compareLists(a.items, b.items) || (a.version < b.version ? -1 : 1))
    .map(({ version }) => version);
}

/** The parts of a version: `1.0-rc1` is `[1, [rc, [1]]]`. */
export function parseVersion(text: string): Item[] {
  const version = text.toLowerCase();
  const root: Item[] = [];
  const lists = [root];
  let list = root;
  const open = () => {
    const inner: Item[] = [];
    list.push(inner);
    lists.push(inner);
    list = inner;
  };
  let separated = true;
  for (const { 0: token, index } of version.matchAll(/\d+|[^\d.-]+|[.-]/g)) {
    const separates = token === '.' || token === '-';
    if (separates && separated) list.push({ digits: '' });
    if (token === '-' || (!separates && !separated)) open();
    if (!separates) {
      const next = version.charAt(index + token.length);
      // Maven 3: `1.rc` equals `1-rc`, but `1.rc.x` does not equal `1-rc.x`.
      if (list.length > 0 && /^\D/.test(token) && /^\d?$/.test(next)) open();
      list.push(itemOf(token, /\d/.test(next)));
    }
    separated = separates;
  }
  for (const each of lists.reverse()) trim(each);
  return root;
}

function itemOf(token: string, beforeDigit: boolean): Item {
  if (/^\d/.test(token)) return { digits: token.replace(/^0+/, '') };
  return { rank: rankOf((beforeDigit ? SHORT.get(token) : undefined) ?? token) };
}

/** Removes trailing elements without meaning: `1.0.0` is `1`, and so is `1.0-ga`. */
function trim(list: Item[]): void {
  for (let at = list.length - 1; at >= 0; at--) {
    const item = list[at] as Item;
    if (Array.isArray(item) ? item.length === 0 : 'digits' in item ? item.digits === '' : item.rank === RELEASE)
      list.splice(at, 1);
    else if (!Array.isArray(item)) return;
  }
}

/** @returns less than 0 when `a` is lower, 0 when they are equal. Reads each part of both at most once. */
export function compareLists(a: readonly Item[], b: readonly Item[]): number {
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const left = a[at];
    const right = b[at];
    const order = left ? (right ? compare(left, right) : toNothing(left)) : right ? -toNothing(right) : 0;
    if (order !== 0) return order;
  }
  return 0;
}

/** `1.1` is above `1-1`, which is above `1-sp`. */
function compare(a: Item, b: Item): number {
  if (Array.isArray(a)) return Array.isArray(b) ? compareLists(a, b) : 'digits' in b ? -1 : 1;
  if (Array.isArray(b)) return 'digits' in a ? 1 : -1;
  if ('digits' in a) return 'digits' in b ? a.digits.length - b.digits.length || compareTexts(a.digits, b.digits) : 1;
  return 'digits' in b ? -1 : compareTexts(a.rank, b.rank);
}

/** `1-rc` is below `1`, and `1-sp` above it. */
function toNothing(item: Item): number {
  if (!Array.isArray(item)) return 'digits' in item ? Number(item.digits !== '') : compareTexts(item.rank, RELEASE);
  for (const each of item) {
    const order = toNothing(each);
    if (order !== 0) return order;
  }
  return 0;
}

const compareTexts = (a: string, b: string) => (a < b ? -1 : Number(a > b));
