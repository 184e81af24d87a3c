/** @jsxImportSource hono/jsx */
import type { ListedPackage } from '../../../domain/packages/listing.ts';
import { Badge } from '../../views/badge.tsx';

/** Marks a version that should not be used. */
export const WithdrawalBadge = ({ withdrawal }: Pick<ListedPackage, 'withdrawal'>) =>
  withdrawal === null ? null : <Badge kind="warn">{withdrawal}</Badge>;
