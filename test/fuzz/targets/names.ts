import { isDeepStrictEqual } from 'node:util';
import { checkName, checkPath, pathOfName } from '../../../src/domain/paths.ts';
import * as generic from '../../../src/protocols/generic/format.ts';
import * as maven from '../../../src/protocols/maven/format.ts';
import { buildsOf } from '../../../src/protocols/maven/snapshots.ts';
import { sortVersions } from '../../../src/protocols/maven/version-order.ts';
import * as npm from '../../../src/protocols/npm/format.ts';
import * as pypi from '../../../src/protocols/pypi/format.ts';
import { isSameVersion, normalizeVersion, spellingsOf } from '../../../src/protocols/pypi/version.ts';
import type { Choices } from '../choices.ts';
import { type FuzzTarget, mustHold } from '../fuzz.ts';
import { jsonValue, mutateJson, mutateText } from '../mutate.ts';

const word = (choices: Choices) => choices.pick(['a', 'example', 'x-y', 'a.b', 'A_b', '1', choices.oddText()]);

const npmNames: FuzzTarget = {
  name: 'npm, names, versions and tags',
  open: () => (choices) => {
    const sample = choices.pick(['@scope/name', 'name', `${word(choices)}/${word(choices)}`]);
    const name = npm.parseName(choices.try(mutateText(choices, sample)));
    mustHold(!name.split('/').includes('..'), 'the name leads out');
    const number = () => choices.digits(choices.pick([1, 2, 20]));
    const written = `${number()}.${number()}.${number()}${choices.pick(['', `-${word(choices)}`, `+${word(choices)}`])}`;
    const version = npm.parseVersion(choices.try(choices.chance(0.5) ? written : mutateText(choices, written)));
    const file = npm.fileName(name, version);
    mustHold(npm.versionOfFile(name, file) === version, 'the file name holds another version');
    npm.parseTag(choices.try(mutateText(choices, choices.pick(['latest', 'next-1', 'v', '1.x', version]))));
  },
};

/** A version of PEP 440, in one of its many spellings. */
function pythonVersion(choices: Choices): string {
  const maybe = (text: string) => (choices.chance(0.4) ? text : '');
  const mark = () => choices.pick(['', '.', '-', '_']);
  const number = () => maybe(choices.digits(3));
  const release = choices.words(4, () => choices.digits(choices.pick([1, 3, 30])), '.');
  const pre = maybe(
    `${mark()}${choices.pick(['a', 'alpha', 'b', 'beta', 'c', 'RC', 'pre', 'preview'])}${mark()}${number()}`,
  );
  const post = maybe(
    choices.pick([`-${choices.digits(3)}`, `${mark()}${choices.pick(['post', 'rev', 'r'])}${number()}`]),
  );
  const local = maybe(`+${choices.words(3, () => choices.pick(['ubuntu', '1', '007', 'Z']), mark() || '.')}`);
  return `${maybe('v')}${maybe(`${choices.digits(2)}!`)}${release}${pre}${post}${maybe(`${mark()}dev${number()}`)}${local}`;
}

const pythonVersions: FuzzTarget = {
  name: 'PyPI, versions',
  open: () => (choices) => {
    const written = pythonVersion(choices);
    const version = pypi.parseVersion(choices.try(choices.chance(0.6) ? written : mutateText(choices, written)));
    mustHold(normalizeVersion(version) === version, `the normal form ${version} has another normal form`);
    mustHold(
      spellingsOf(version).every((spelling) => isSameVersion(spelling, version)),
      'a spelling is another version',
    );
  },
};

const pythonNames: FuzzTarget = {
  name: 'PyPI, names of packages and files',
  open: () => (choices) => {
    const name = word(choices);
    const version = pythonVersion(choices);
    const wheel = `${name}-${version}-${choices.pick(['', '1b-'])}py2.py3-none-any.whl`;
    const sdist = `${name}-${version}${choices.pick(['.tar.gz', '.zip', '.tar.bz2'])}`;
    const sample = choices.pick([wheel, sdist, `${'a-1-'.repeat(choices.below(60))}1.zip`]);
    const file = choices.try(mutateText(choices, sample));
    const parsed = pypi.parseFileName(file);
    mustHold(!file.includes('/') && file.length <= 255, 'the file name is a path');
    pypi.fileKey(file);
    pypi.checkAgreement(file, parsed, pypi.parseName(name), pypi.parseVersion(version));
  },
};

const pythonFields: FuzzTarget = {
  name: 'PyPI, Requires-Python and yanks',
  open: () => (choices) => {
    const range = choices.words(3, () => choices.pick(['>=3.8', '<4', '!=3.0.*', '~=3.1', choices.oddText()]), ',');
    const python = pypi.parsePython(choices.try(mutateText(choices, range)));
    mustHold(python === undefined || pypi.parsePython(python) === python, 'the accepted range is not accepted again');
    const body = JSON.stringify(mutateJson(choices, { reason: choices.oddText(), more: jsonValue(choices) })) ?? '';
    pypi.parseYank(Buffer.from(choices.try(mutateText(choices, body))));
  },
};

const mavenPaths: FuzzTarget = {
  name: 'Maven, paths',
  open: () => (choices) => {
    const version = choices.pick(['1.0', '1.0-SNAPSHOT', 'SNAPSHOT', word(choices)]);
    const file = choices.pick(['maven-metadata.xml', `a-${version}.jar`, `a-${version}.pom.asc`, word(choices)]);
    const folder = choices.words(4, () => word(choices), '/');
    const path = `${folder}/${version}/${file}${choices.pick(['', '.md5', '.sha1', '.sha256', '.sha512'])}`;
    const address = maven.parseAddress(choices.try(mutateText(choices, path)));
    if (address === null) return 'refused';
    const parts = [address.name, ...(address.kind === 'folder' ? [] : [address.version])];
    const last = address.kind === 'file' ? address.file : maven.METADATA;
    const printed = `${[...parts, last].filter((part) => part !== '').join('/')}${address.digest ? `.${address.digest}` : ''}`;
    mustHold(printed === choices.input, `the address is printed as ${printed}`);
    mustHold(!printed.split('/').some((part) => part === '..' || part === ''), 'the address leads out');
    maven.coordinatesOf(address.name);
    return 'accepted';
  },
};

const mavenVersions: FuzzTarget = {
  name: 'Maven, versions, builds and checksums',
  open: () => (choices) => {
    const version = () =>
      mutateText(
        choices,
        choices.words(
          6,
          () => choices.pick(['1', '0', '20', 'alpha', 'rc', 'SNAPSHOT', 'x']),
          choices.pick(['.', '-', '']),
        ),
      );
    const versions = choices.try(choices.several(8, version));
    const sorted = sortVersions(versions);
    // The order of Maven 3 itself has circles, so that another order of these texts may be sorted in another way.
    mustHold(isDeepStrictEqual(sorted.toSorted(), versions.toSorted()), 'a version is lost, or there twice');
    const build = () => mutateText(choices, `a-1.0-20250101.1010${choices.digits(2)}-${choices.digits(9)}-sources.jar`);
    buildsOf('a', '1.0-SNAPSHOT', choices.try(choices.several(5, build)));
    const sum = mutateText(choices, `${choices.hex(40)}${choices.pick(['', '  a.jar', '\n'])}`);
    const digest = maven.parseDigest(choices.try(sum), 'sha1');
    mustHold(digest === null || /^[0-9a-f]{40}$/.test(digest), 'the digest is none');
    return digest === null ? 'refused' : 'accepted';
  },
};

const genericNames: FuzzTarget = {
  name: 'generic, names',
  open: () => (choices) => {
    const file = choices.words(3, () => choices.pick(['a b', 'a:b', 'grün', word(choices)]), '/');
    const changed = (text: string) => (choices.chance(0.2) ? mutateText(choices, text) : text);
    const params = choices.try({ name: changed('a'), version: changed('1.0'), file: mutateText(choices, file) });
    const address = generic.parseAddress(params);
    mustHold(!address.file.split('/').some((part) => part === '' || part === '..'), 'the name leads out');
    mustHold(generic.parseAddress({ ...address }).file === address.file, 'the accepted name is not accepted again');
  },
};

const paths: FuzzTarget = {
  name: 'paths and names of projects',
  open: () => (choices) => {
    const name = choices.words(4, () => choices.pick(['Straße', 'Ærø', '日本', 'a b', '--', word(choices)]));
    const path = pathOfName(choices.try(checkName(choices.try(mutateText(choices, name)))));
    checkPath(choices.try(choices.chance(0.5) ? path : mutateText(choices, 'group')), choices.pick(['top', 'below']));
  },
};

export const NAMES: readonly FuzzTarget[] = [
  npmNames,
  pythonVersions,
  pythonNames,
  pythonFields,
  mavenPaths,
  mavenVersions,
  genericNames,
  paths,
];
