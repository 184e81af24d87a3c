/** @jsxImportSource hono/jsx */

import type { StorageUse } from '../../domain/quota/storage.ts';
import { formatBytes, writeByteSize } from '../../lib/byte-size.ts';
import { defined } from '../../lib/defined.ts';
import { Button } from './button.tsx';
import { Form, TextField } from './form.tsx';
import type { Typed } from './typed.ts';

/** How much is stored, of what, and how much may be. */
export function StorageFacts({ use }: { use: StorageUse }) {
  const { images, packages, lfs, total, limit } = use;
  return (
    <dl class="facts">
      <dt>Images</dt>
      <dd>{formatBytes(images)}</dd>
      <dt>Packages</dt>
      <dd>{formatBytes(packages)}</dd>
      <dt>LFS objects</dt>
      <dd>{formatBytes(lfs)}</dd>
      <dt>Total</dt>
      <dd>
        <strong>{formatBytes(total)}</strong>
        {limit === null ? null : ` of ${formatBytes(limit)}: ${shareOf(total, limit)}`}
      </dd>
      <dt>Limit</dt>
      <dd>{limit === null ? 'No limit set' : formatBytes(limit)}</dd>
    </dl>
  );
}

function shareOf(total: number, limit: number): string {
  const percent = Math.floor((100 * total) / limit);
  return total > limit ? 'over the limit' : `${percent} %`;
}

interface LimitFormProps {
  action: string;
  use: StorageUse;
  typed: Typed | undefined;
}

/** Sets how much may be stored. */
export function LimitForm({ action, use, typed }: LimitFormProps) {
  return (
    <Form action={action}>
      <TextField
        name="storage_limit"
        label="Limit"
        hint="A size such as 500 MB or 10 GiB. Leave empty for no limit. A limit below the current usage blocks uploads and deletes nothing."
        short
        maxlength={40}
        autocomplete="off"
        value={use.limit === null ? '' : writeByteSize(use.limit)}
        {...defined({ typed })}
      />
      <div>
        <Button kind="primary">Save limit</Button>
      </div>
    </Form>
  );
}
