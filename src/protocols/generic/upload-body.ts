import type { ProjectFacts } from '../../domain/access/facts.ts';
import type { Receive } from '../../domain/packages/receiving.ts';
import type { StoredFile } from '../../domain/packages/upload.ts';
import { compared, fileDigests } from '../../http/bodies/announced-digests.ts';
import { announcedSize } from '../../http/bodies/announced-size.ts';
import { readForm } from '../../http/bodies/read-form.ts';
import type { RequestContext } from '../../http/route.ts';
import { defined } from '../../lib/defined.ts';
import { invalidParameter } from '../../lib/errors.ts';

/** The uploaded file, and the fields of the form, which may hold the parameters of the query. */
export interface SentFile {
  stored: StoredFile;
  field(name: string): string | null;
}

/**
 * Reads the file of a publication: the body itself, as `curl --upload-file` sends it, or the field `file` of a form, as
 * `curl --form file=@...` sends it. It is streamed to the store.
 * @throws PosternError `too_large` when it is larger than `maxBytes`, `over_quota`, `invalid` for a form without
 * exactly one file.
 */
export async function readFile(
  receive: Receive,
  context: RequestContext<ProjectFacts>,
  maxBytes: number,
): Promise<SentFile> {
  const { request, body, facts } = context;
  if (/^multipart\//i.test(request.headers.get('content-type') ?? '')) return fromForm(receive, context, maxBytes);
  const size = announcedSize(request);
  const bytes = body ?? new Blob([]).stream();
  const stored = await receive(facts.project, bytes, { maxBytes, ...defined({ size }) });
  return { stored, field: () => null };
}

async function fromForm(
  receive: Receive,
  { request: { headers }, body, facts }: RequestContext<ProjectFacts>,
  maxBytes: number,
): Promise<SentFile> {
  const digests = fileDigests(headers);
  const { fields, files } = await readForm({ headers, body }, async ({ field }, bytes) => {
    if (field !== 'file') throw invalidParameter(`${field} is invalid`, HINT);
    return receive(facts.project, compared(bytes, digests), { maxBytes });
  });
  const [stored, second] = files;
  if (!stored) throw invalidParameter('file is missing', HINT);
  if (second) throw invalidParameter('file is given twice', HINT);
  return { stored, field: (name) => fields.get(name)?.[0] ?? null };
}

const HINT = 'Send the file itself as the body, curl --upload-file, or as the field "file" of a form.';
