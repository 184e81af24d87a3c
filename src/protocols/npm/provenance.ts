import { parseJson } from '../../lib/bounded-json.ts';
import { ruleBroken } from '../../lib/errors.ts';
import { parseStatement } from '../../lib/in-toto.ts';
import { record } from '../../lib/record.ts';
import { withoutBuild } from './format.ts';

/** Ending of the attachment in which npm sends the provenance of a tarball. */
const SIGSTORE = '.sigstore';
/** Ending of the file that is stored with the tarball, and served as its attestations. */
export const ATTESTATIONS = '.attestations.json';
/** Largest bundle in bytes. One has a certificate, a proof of a log and a statement: about 15 KiB. */
const MAX_BUNDLE = 1024 * 1024;

/** The provenance of a version: how and from what it was built, signed by its build system. */
export interface Provenance {
  predicateType: string;
  /** The answer to a request for the attestations of the version, JSON. */
  attestations: string;
}

/** The published version that a provenance must be of. */
interface Published {
  name: string;
  version: string;
  /** SHA-512 of the tarball, hex. */
  sha512: string | null;
}

/**
 * Parses the provenance among the attachments of a publication. It must be of this version and of this tarball; clients
 * verify its signature, `npm audit signatures` for example.
 * https://docs.npmjs.com/generating-provenance-statements
 * @param attachments as they were sent, by name.
 * @returns null when there is none. @throws PosternError for other attachments, which would otherwise be lost.
 */
export function parseProvenance(attachments: Record<string, unknown>, published: Published): Provenance | null {
  const [first, ...others] = Object.keys(attachments).filter((file) => !file.endsWith('.tgz'));
  if (first === undefined) return null;
  if (!first.endsWith(SIGSTORE) || others.length > 0)
    throw ruleBroken(
      `The attachment ${(others[0] ?? first).slice(0, 300)} is not accepted. Send a tarball and at most one other file, its provenance, which ends in ${SIGSTORE}.`,
    );
  const { data } = record(attachments[first]);
  if (typeof data !== 'string' || Buffer.byteLength(data) > MAX_BUNDLE) throw invalid();
  const bundle = parseBundle(data);
  const statement = parseStatement(record(bundle['dsseEnvelope'])['payload']);
  if (!statement) throw invalid();
  const [subject] = statement.subjects;
  if (!subject || !isOf(subject.name, published) || subject.digest['sha512'] !== published.sha512)
    throw ruleBroken('The provenance is of another package, version or tarball.');
  const { predicateType } = statement;
  return { predicateType, attestations: JSON.stringify({ attestations: [{ predicateType, bundle }] }) };
}

function parseBundle(text: string): Record<string, unknown> {
  try {
    return record(parseJson(Buffer.from(text)));
  } catch {
    throw invalid();
  }
}

const invalid = () => ruleBroken('The provenance is not a Sigstore bundle with a statement.');

/** Compares a package URL, `pkg:npm/%40scope/name@1.0.0`. https://github.com/package-url/purl-spec */
function isOf(purl: string, { name, version }: Published): boolean {
  try {
    const start = `pkg:npm/${name}@`;
    const subject = decodeURIComponent(purl);
    return subject.startsWith(start) && withoutBuild(subject.slice(start.length)) === version;
  } catch {
    return false;
  }
}
