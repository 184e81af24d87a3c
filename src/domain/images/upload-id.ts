import type { CredentialRef } from '../access/credential-ref.ts';

/** The parts of the id of an upload. */
export interface UploadId {
  /** Random, and made by the server: nobody can guess it. */
  uuid: string;
  /** The credential that began the upload: it alone continues it. */
  owner: CredentialRef;
}

const KINDS = ['user', 'session', 'personalToken', 'deployToken', 'job'] as const satisfies CredentialRef['kind'][];

const PATTERN = new RegExp(`^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\\.(${KINDS.join('|')})-(\\d{1,15})$`);

/** The id that the owner of an upload gets: `<uuid>.<kind of credential>-<id of credential>`. */
export const formatUploadId = ({ uuid, owner }: UploadId): string => `${uuid}.${owner.kind}-${owner.id}`;

/** @returns null for a text that is no id which this server makes: nothing else becomes part of a name. */
export function parseUploadId(text: string): UploadId | null {
  const [, uuid = '', kind, id = ''] = PATTERN.exec(text) ?? [];
  const known = KINDS.find((each) => each === kind);
  return known === undefined ? null : { uuid, owner: { kind: known, id: Number(id) } };
}

/** The owner of an upload, as its id says; null: no upload has this id. */
export const ownerOfUpload = (text: string): CredentialRef | null => parseUploadId(text)?.owner ?? null;
