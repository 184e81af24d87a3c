/** The longest version: it is part of file names. */
const MAX_LENGTH = 128;

/**
 * https://packaging.python.org/en/latest/specifications/version-specifiers/, appendix. Each part matches in one way
 * only, so it takes linear time.
 */
const PEP_440 = new RegExp(
  [
    /^v?(?:(?<epoch>\d+)!)?(?<release>\d+(?:\.\d+)*)/,
    /(?:[-_.]?(?<pre>alpha|a|beta|b|preview|pre|c|rc)[-_.]?(?<preNumber>\d+)?)?/,
    /(?:-(?<bare>\d+)|[-_.]?(?<post>post|rev|r)[-_.]?(?<postNumber>\d+)?)?/,
    /(?:[-_.]?(?<dev>dev)[-_.]?(?<devNumber>\d+)?)?/,
    /(?:\+(?<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?$/,
  ]
    .map(({ source }) => source)
    .join(''),
  'i',
);

const PRE: Readonly<Record<string, string>> = { alpha: 'a', beta: 'b', c: 'rc', pre: 'rc', preview: 'rc' };

/**
 * The normal form of a version by PEP 440: `1.0-Alpha.1` is `1.0a1`. Trailing zeros of the release stay.
 * @returns null when it is no version.
 */
export function normalizeVersion(text: string): string | null {
  if (text.length > MAX_LENGTH) return null;
  const groups = PEP_440.exec(text)?.groups as Partial<Record<string, string>> | undefined;
  if (!groups) return null;
  const { epoch, release = '', pre, preNumber, bare, post, postNumber, dev, devNumber, local } = groups;
  const letter = pre?.toLowerCase();
  const normal = [
    epoch === undefined || plain(epoch) === '0' ? '' : `${plain(epoch)}!`,
    release.split('.').map(plain).join('.'),
    letter === undefined ? '' : `${PRE[letter] ?? letter}${plain(preNumber)}`,
    bare === undefined && post === undefined ? '' : `.post${plain(bare ?? postNumber)}`,
    dev === undefined ? '' : `.dev${plain(devNumber)}`,
    local === undefined ? '' : `+${local.toLowerCase().split(/[-_.]/).map(plain).join('.')}`,
  ].join('');
  // `1-2` is written 1.post2: the normal form may be longer than the text, and it is part of file names.
  return normal.length > MAX_LENGTH ? null : normal;
}

/** The text before the trailing zeros of the release and the text after them, of a normalized version. */
function aroundZeros(version: string): [before: string, after: string] {
  const { before = version, after = '' } =
    /^(?<before>(?:\d+!)?\d+(?:\.\d+)*?)(?:\.0)*(?!\d|\.\d)(?<after>.*)$/.exec(version)?.groups ?? {};
  return [before, after];
}

/** The key by which normalized versions are compared: equal for 1.0 and 1.0.0. */
export const versionKey = (version: string): string => aroundZeros(version).join('');

export const isSameVersion = (a: string, b: string): boolean => versionKey(a) === versionKey(b);

/** All spellings of a version, with more or fewer trailing zeros in its release. */
export function spellingsOf(version: string): string[] {
  const [before, after] = aroundZeros(version);
  const spellings = [];
  for (let all = before; all.length + after.length <= MAX_LENGTH; all += '.0') spellings.push(`${all}${after}`);
  return spellings;
}

/** A number without leading zeros; an absent one is zero. */
const plain = (digits = '0') => (/^\d+$/.test(digits) ? digits.replace(/^0+(?=\d)/, '') : digits);
