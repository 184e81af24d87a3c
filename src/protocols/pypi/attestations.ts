import { parseJson } from '../../lib/bounded-json.ts';
import { PosternError, ruleBroken } from '../../lib/errors.ts';
import { parseStatement, type StatementSubject } from '../../lib/in-toto.ts';
import { isRecord } from '../../lib/record.ts';
import { checkAgreement, fileKey, parseFileName } from './format.ts';

/** Largest field `attestations` in bytes, and the most attestations in it. PyPI accepts two of about 10 KiB. */
const MAX_FIELD = 1024 * 1024;
const MAX_ATTESTATIONS = 16;

/** The uploaded file that attestations must be of. */
interface AttestedFile {
  file: string;
  /** Hex. */
  sha256: string;
  name: string;
  version: string;
}

/**
 * Parses the attestations of a file. Each must have a statement about this file; clients verify the signatures.
 * https://peps.python.org/pep-0740/
 * @param text the field of the form, JSON.
 * @returns the list as it was sent; null when there is none. @throws PosternError `invalid`.
 */
export function parseAttestations(text: string | undefined, attested: AttestedFile): unknown[] | null {
  if (text === undefined || text === '') return null;
  const list = parsed(text);
  if (!Array.isArray(list) || list.length > MAX_ATTESTATIONS || !list.every(isAttestation)) throw invalid();
  for (const { envelope } of list) {
    const statement = parseStatement(envelope.statement);
    if (!statement) throw invalid();
    const [subject, ...others] = statement.subjects;
    if (!subject || others.length > 0 || !isOf(subject, attested))
      throw ruleBroken(`An attestation is not of the file ${attested.file}.`);
  }
  return list.length === 0 ? null : list;
}

/**
 * The provenance of a file, the document that clients read. https://peps.python.org/pep-0740/#provenance-objects
 * @param username of the credential that published the file: there are no Trusted Publishers.
 */
export const provenanceOf = (attestations: readonly unknown[], username: string): string =>
  JSON.stringify({
    version: 1,
    attestation_bundles: [{ publisher: { kind: 'Postern', claims: null, username }, attestations }],
  });

function parsed(text: string): unknown {
  if (Buffer.byteLength(text) > MAX_FIELD) throw invalid();
  try {
    return parseJson(Buffer.from(text));
  } catch {
    throw invalid();
  }
}

interface Attestation {
  version: 1;
  verification_material: object;
  envelope: { statement: string; signature: string };
}

function isAttestation(value: unknown): value is Attestation {
  if (!isRecord(value) || value['version'] !== 1 || !isRecord(value['verification_material'])) return false;
  const envelope = value['envelope'];
  return isRecord(envelope) && typeof envelope['statement'] === 'string' && typeof envelope['signature'] === 'string';
}

/** Tools normalise the name of the file in a statement, in ways of their own: it is compared as the index does. */
function isOf(subject: StatementSubject, { file, sha256, name, version }: AttestedFile): boolean {
  if (subject.digest['sha256'] !== sha256) return false;
  try {
    checkAgreement(subject.name, parseFileName(subject.name), name, version);
    return fileKey(subject.name) === fileKey(file);
  } catch (error) {
    if (error instanceof PosternError) return false;
    throw error;
  }
}

const invalid = () => ruleBroken('attestations is not a list of attestation objects of PEP 740.');
