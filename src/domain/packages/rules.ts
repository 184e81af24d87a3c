import { inField, notFound, unprocessable } from '../../lib/errors.ts';
import { matchesGlob } from '../../lib/glob.ts';
import { type Db, inTransaction } from '../../store/db/database.ts';
import { isDuplicate } from '../../store/db/errors.ts';
import {
  deletePackageRule,
  findPackageRule,
  insertPackageRule,
  listPackageRules,
  type PackageRuleRow,
  pagePackageRules,
  updatePackageRule,
} from '../../store/tables/package-rules.ts';
import type { Page, PageRequest } from '../../store/tables/page.ts';
import type { Authorised } from '../access/confirm.ts';
import type { Protection } from '../access/protection.ts';
import type { Audit, AuditAction } from '../audit/audit.ts';
import type { AuditAuthor } from '../audit/author.ts';
import type { Deps } from '../deps.ts';
import { projectEntity } from '../projects/entity.ts';
import type { Project } from '../projects/projects.ts';
import type { PackageTypes } from './package-behaviour.ts';

export type PackageRule = PackageRuleRow;

export interface NewPackageRule {
  type: string;
  /** `*` stands for any run of letters. */
  pattern: string;
  duplicates?: PackageRule['duplicates'] | undefined;
  /** The least role that publishes, or deletes, what matches. Deploy tokens have no role: they are shut out. */
  pushLevel?: number | null | undefined;
  deleteLevel?: number | null | undefined;
}

/** The package rules of a project: protected names and immutable versions. */
export function createPackageRules({ db, clock }: Pick<Deps, 'db' | 'clock'>, audit: Audit, types: PackageTypes) {
  const record = (trx: Db, action: AuditAction, project: Project, rule: PackageRule, by: AuditAuthor) =>
    audit.record(
      {
        action,
        by,
        entity: projectEntity(project),
        target: { kind: 'PackageProtectionRule', id: rule.id, name: rule.name_pattern },
        details: {
          type: rule.type,
          duplicates: rule.duplicates,
          push_level: rule.push_level,
          delete_level: rule.delete_level,
        },
      },
      trx,
    );

  return {
    /**
     * @throws PosternError `unprocessable` when the project has one for this type and pattern, or when it says nothing.
     */
    create: (project: Project, rule: NewPackageRule, { author: by, confirm }: Authorised): Promise<PackageRule> =>
      checked({ ...columnsOf(rule), type: rule.type, name_pattern: rule.pattern }, (row) =>
        inTransaction(db, async (trx) => {
          await confirm(trx);
          const created = await insertPackageRule(trx, { ...row, project_id: project.id, created_at: clock() });
          await record(trx, 'package_protection_rule_created', project, created, by);
          return created;
        }),
      ),

    /** The names that are protected for a type, as they are in a transaction. */
    protections: (trx: Db | undefined, projectId: number, type: string): Promise<Protection[]> =>
      readProtections(trx ?? db, projectId, type, types(type).foldName),

    list: (project: Project, page: PageRequest): Promise<Page<PackageRule>> => pagePackageRules(db, project.id, page),

    /** @throws PosternError `not_found`. */
    async get(project: Project, id: number): Promise<PackageRule> {
      const rule = await findPackageRule(db, project.id, id);
      if (!rule) throw notFound('package rule');
      return rule;
    },

    /** Changes what is given and leaves the rest. @throws as `create`, and `not_found`. */
    update: (
      project: Project,
      id: number,
      change: Partial<NewPackageRule>,
      { author: by, confirm }: Authorised,
    ): Promise<PackageRule> =>
      inTransaction(db, async (trx) => {
        await confirm(trx);
        const before = await findPackageRule(trx, project.id, id);
        if (!before) throw notFound('package rule');
        const after = {
          type: change.type ?? before.type,
          name_pattern: change.pattern ?? before.name_pattern,
          duplicates: change.duplicates === undefined ? before.duplicates : change.duplicates,
          push_level: change.pushLevel === undefined ? before.push_level : change.pushLevel,
          delete_level: change.deleteLevel === undefined ? before.delete_level : change.deleteLevel,
        };
        const updated = await checked(after, (row) => updatePackageRule(trx, id, row));
        await record(trx, 'package_protection_rule_updated', project, updated, by);
        return updated;
      }),

    /** @throws PosternError `not_found`. */
    destroy: (project: Project, id: number, { author: by, confirm }: Authorised): Promise<void> =>
      inTransaction(db, async (trx) => {
        await confirm(trx);
        const rule = await findPackageRule(trx, project.id, id);
        if (!rule) throw notFound('package rule');
        await deletePackageRule(trx, id);
        await record(trx, 'package_protection_rule_destroyed', project, rule, by);
      }),
  };
}

type RuleColumns = Pick<PackageRule, 'type' | 'name_pattern' | 'duplicates' | 'push_level' | 'delete_level'>;

const columnsOf = ({ duplicates = null, pushLevel = null, deleteLevel = null }: NewPackageRule) => ({
  duplicates,
  push_level: pushLevel,
  delete_level: deleteLevel,
});

/** @throws PosternError in GitLab's words for a rule that cannot be. */
async function checked<T>(row: RuleColumns, write: (row: RuleColumns) => Promise<T>): Promise<T> {
  const { name_pattern: pattern, duplicates, push_level, delete_level } = row;
  if (!/^[^\p{Cc}]{1,255}$/u.test(pattern))
    throw inField('package_name_pattern', unprocessable('Package name pattern is invalid'));
  if (duplicates === null && push_level === null && delete_level === null)
    throw inField(
      'minimum_access_level_for_push',
      unprocessable('A rule must have at least a minimum access role for push or delete.'),
    );
  try {
    return await write(row);
  } catch (error) {
    if (isDuplicate(error))
      throw inField('package_name_pattern', unprocessable('Package name pattern has already been taken'));
    throw error;
  }
}

/** A package's name as it is written, and as its type compares it. */
interface RuledName {
  name: string;
  key: string;
  /** Brings a pattern to the form of `key`: for it `My_Tools*` is `my-tools*`. */
  fold?: (pattern: string) => string;
}

/**
 * Whether the rules of a project allow files of one name twice, or forbid it; null: they leave it to the type. Read in
 * the transaction that publishes. A pattern is for a name in any way of writing it that the type takes for the same.
 */
export async function duplicatesFor(
  trx: Db,
  projectId: number,
  type: string,
  { name, key, fold = asWritten }: RuledName,
): Promise<PackageRule['duplicates']> {
  const matching = (await listPackageRules(trx, projectId, type)).filter(
    ({ name_pattern: pattern, duplicates }) =>
      duplicates !== null && (matchesGlob(pattern, name) || matchesGlob(fold(pattern), key)),
  );
  // The closest pattern speaks: `*` forbids, and `nightly-*` makes the exception.
  const [closest] = matching.sort((a, b) => b.name_pattern.length - a.name_pattern.length);
  return closest?.duplicates ?? null;
}

const asWritten = (pattern: string): string => pattern;

/** The protected names of a project for one type, for the decision on a package. */
async function readProtections(trx: Db, projectId: number, type: string, fold = asWritten): Promise<Protection[]> {
  const rules = await listPackageRules(trx, projectId, type);
  return rules
    .filter((rule) => rule.push_level !== null || rule.delete_level !== null)
    .map(({ name_pattern: pattern, push_level: push, delete_level }) => ({
      pattern,
      foldedPattern: fold(pattern),
      push,
      delete: delete_level,
    }));
}
