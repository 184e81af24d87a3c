import { inField, ruleBroken } from '../lib/errors.ts';
import { hasUnprintable } from '../lib/unprintable.ts';
import { isDuplicate } from '../store/db/errors.ts';

/** How deep groups nest. */
export const MAX_DEPTH = 20;

/**
 * First words of paths that the server needs for itself. GitLab's list, whether we have such an address or not: what is
 * free here must be free there, or a set-up could not be moved between the two.
 * https://docs.gitlab.com/user/reserved_names
 */
const RESERVED_TOP = new Set(
  `- .well-known 404.html 422.html 500.html 502.html 503.html admin api apple-touch-icon.png assets dashboard deploy.html
  explore favicon.ico favicon.png files groups health_check help import jwt login o oauth profile projects public
  robots.txt s search sitemap sitemap.xml sitemap.xml.gz slash-command-logo.png snippets unsubscribes uploads users v2`.split(
    /\s+/,
  ),
);

/**
 * Words that cannot name a project or subgroup, because they follow a project or group in addresses. GitLab's list as
 * well; of what it reserves as two words in a row (`info/lfs/objects`) each is free. `container_registry` is ours: the
 * page of a project's images is there.
 */
const RESERVED_BELOW = new Set(
  `- badges blame blob builds commits container_registry create create_dir edit files find_file new preview raw refs tree update wikis`.split(
    /\s+/,
  ),
);

/**
 * One part of a path: a group, a user name or a project. It is also part of the names of images, so it has their rule:
 * letters and digits, and single special characters between them.
 * @throws PosternError a sentence saying what is wrong with it.
 */
export function checkPath(path: string, where: 'top' | 'below'): void {
  if (path === '') throw inField('path', ruleBroken("Path can't be blank"));
  if (path.length > 255) throw inField('path', ruleBroken('Path is too long (maximum is 255 characters)'));
  const reserved = where === 'top' ? RESERVED_TOP : RESERVED_BELOW;
  if (reserved.has(path.toLowerCase())) throw inField('path', ruleBroken(`Path ${path} is a reserved name`));
  if (!/^[a-zA-Z0-9_.-]+$/.test(path) || /\.(git|atom)$/i.test(path)) {
    throw inField(
      'path',
      ruleBroken(
        "Path can contain only letters, digits, '_', '-' and '.'. Cannot start with '-', end in '.git' or end in '.atom'",
      ),
    );
  }
  if (!/^[a-zA-Z0-9]+([._-][a-zA-Z0-9]+)*$/.test(path)) {
    throw inField(
      'path',
      ruleBroken(
        'Path must not start or end with a special character and must not contain consecutive special characters.',
      ),
    );
  }
}

/**
 * Letters that are no base letter with a mark, and that Rails' `transliterate` writes in Latin letters. The same path
 * must come of a name as in GitLab. https://github.com/ruby-i18n/i18n/blob/master/lib/i18n/backend/transliterator.rb
 */
const LATIN: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ł: 'l',
  ħ: 'h',
  ı: 'i',
  ĸ: 'k',
  ŋ: 'ng',
  ŧ: 't',
};

/** A path made of a name that people read: `My Project` -> `my-project`, `Straße` -> `strasse`. */
export function pathOfName(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/[^\x00-\x7f]/g, (letter) => LATIN[letter.toLowerCase()] ?? letter)
    .replace(/[^\x21-\x7e\s]/g, '')
    .trim()
    .replace(/[^a-zA-Z0-9_.]+/g, '-')
    .replace(/([._-])[._-]+/g, '$1')
    .replace(/^[._-]+|[._-]+$/g, '')
    .toLowerCase();
}

/** @throws PosternError a sentence saying what is wrong with a group's or project's name. */
export function checkName(name: string): string {
  if (name.trim() === '') throw inField('name', ruleBroken("Name can't be blank"));
  if (name.length > 255) throw inField('name', ruleBroken('Name is too long (maximum is 255 characters)'));
  if (hasUnprintable(name)) throw inField('name', ruleBroken('Name cannot contain control characters'));
  return name.trim();
}

/**
 * Waits for a path to be given to something. That it is free is not asked before: of two who want it at once, the
 * database lets one have it. @throws PosternError when someone has it.
 */
export async function pathIsFree(given: Promise<void>, sentence = 'Path has already been taken'): Promise<void> {
  try {
    await given;
  } catch (error) {
    throw isDuplicate(error) ? inField('path', ruleBroken(sentence)) : error;
  }
}
