import { conflict, forbidden, notFound, ruleBroken } from '../../lib/errors.ts';
import { matchesGlob } from '../../lib/glob.ts';
import type { Db } from '../../store/db/database.ts';
import { isDuplicate } from '../../store/db/errors.ts';
import {
  deletePackageRule,
  insertPackageRule,
  listPackageRules,
  type PackageRuleRow,
} from '../../store/tables/package-rules.ts';
import type { Deps } from '../deps.ts';
import type { Project } from '../projects/projects.ts';

export type PackageRule = PackageRuleRow;

export interface NewPackageRule {
  type: string;
  /** `*` stands for any run of letters. */
  pattern: string;
  duplicates?: 'allowed' | 'forbidden';
  /** The least role that publishes, or deletes, what matches. Deploy tokens have no role: they are shut out. */
  pushLevel?: number;
  deleteLevel?: number;
}

export type PackageRules = ReturnType<typeof createPackageRules>;

/** What a project says about its packages beyond what their type says: that names are protected, or versions final. */
export function createPackageRules({ db, clock }: Pick<Deps, 'db' | 'clock'>) {
  return {
    /** @throws PosternError `conflict` when the project has one for this type and pattern. */
    async create(project: Project, rule: NewPackageRule): Promise<PackageRule> {
      if (rule.pattern === '' || rule.pattern.length > 255) throw ruleBroken('Package name pattern is invalid');
      try {
        return await insertPackageRule(db, {
          project_id: project.id,
          type: rule.type,
          name_pattern: rule.pattern,
          duplicates: rule.duplicates ?? null,
          push_level: rule.pushLevel ?? null,
          delete_level: rule.deleteLevel ?? null,
          created_at: clock(),
        });
      } catch (error) {
        if (isDuplicate(error)) throw conflict('Package name pattern has already been taken');
        throw error;
      }
    },

    list: (project: Project): Promise<PackageRule[]> => listPackageRules(db, project.id),

    /** @throws PosternError `not_found`. */
    async destroy(project: Project, id: number): Promise<void> {
      if (!(await deletePackageRule(db, project.id, id))) throw notFound('package rule');
    },
  };
}

/** What the rules of a project come to for one name: read within the change that they are asked about. */
export async function rulesFor(db: Db, projectId: number, type: string, name: string) {
  const matching = (await listPackageRules(db, projectId, type)).filter((rule) => matchesGlob(rule.name_pattern, name));
  const least = (key: 'push_level' | 'delete_level', level: number) => {
    if (matching.some((rule) => (rule[key] ?? 0) > level)) throw forbidden('Package protected.');
  };
  // The closest pattern speaks: `*` forbids, and `nightly-*` makes the exception.
  const [closest] = matching
    .filter((rule) => rule.duplicates !== null)
    .sort((a, b) => b.name_pattern.length - a.name_pattern.length);
  return {
    duplicates: closest?.duplicates ?? null,
    /** @throws PosternError `forbidden` when a rule asks for more than this role. */
    checkPush: (level: number) => least('push_level', level),
    checkDelete: (level: number) => least('delete_level', level),
  };
}
