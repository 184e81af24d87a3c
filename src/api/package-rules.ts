import { z } from 'zod';
import { ADMINISTRATOR_ROLE } from '../authz/permissions.ts';
import type { ProjectFacts } from '../domain/access/facts.ts';
import { ROLES } from '../domain/members/roles.ts';
import type { PackageRule } from '../domain/packages/rules.ts';
import type { Services } from '../domain/services.ts';
import type { Links } from '../http/links.ts';
import { json } from '../http/replies/json.ts';
import type { RequestContext } from '../http/route.ts';
import { defined } from '../lib/defined.ts';
import type { ApiRoute } from './api-route.ts';
import { readParameters } from './body.ts';
import { PACKAGE_TYPE_NAMES } from './package-types.ts';
import { idParameter, parseWith, readQuery } from './parameters.ts';
import { noContent, pageOf, paginated } from './reply.ts';
import { PageQuery } from './schemas.ts';

type InProject = RequestContext<ProjectFacts>;

/** Forms have no null: nothing stands for it. */
const emptyIsNull = <T extends z.ZodType>(schema: T) => z.preprocess((value) => (value === '' ? null : value), schema);

/** The roles that a rule can ask for, as GitLab calls them. */
const LEVELS = { maintainer: ROLES.maintainer, owner: ROLES.owner, admin: ADMINISTRATOR_ROLE } as const;
type LevelName = keyof typeof LEVELS;

const Level = emptyIsNull(z.enum(Object.keys(LEVELS) as [LevelName]).nullable()).optional();

const Settings = z.object({
  minimum_access_level_for_push: Level.describe('Minimum role to publish matching packages; default if null or empty'),
  minimum_access_level_for_delete: Level.describe('Minimum role to delete matching packages; default if null or empty'),
  duplicates: emptyIsNull(z.enum(['allowed', 'forbidden']).nullable())
    .optional()
    .describe(
      'Whether existing files may be published again; default of the package type if null or empty. Not in GitLab',
    ),
});

const Pattern = z.string().describe('Package name; `*` matches any characters');
const Type = z.enum(PACKAGE_TYPE_NAMES);

const NewRule = Settings.extend({ package_name_pattern: Pattern, package_type: Type });
const RuleChange = Settings.extend({ package_name_pattern: Pattern.optional(), package_type: Type.optional() });

const Shown = z
  .object({
    id: z.int(),
    project_id: z.int(),
    package_name_pattern: z.string(),
    package_type: z.string(),
    minimum_access_level_for_push: z.string().nullable(),
    minimum_access_level_for_delete: z.string().nullable(),
    duplicates: z.string().nullable(),
  })
  .meta({ id: 'PackageProtectionRule' });

const show = (rule: PackageRule): z.output<typeof Shown> => ({
  id: rule.id,
  project_id: rule.project_id,
  package_name_pattern: rule.name_pattern,
  package_type: rule.type,
  minimum_access_level_for_push: nameOfLevel(rule.push_level),
  minimum_access_level_for_delete: nameOfLevel(rule.delete_level),
  duplicates: rule.duplicates,
});

function createHandlers({ packages: { rules } }: Services, links: Links) {
  const list = async (context: InProject) => {
    const page = pageOf(readQuery(context, PageQuery));
    return paginated(context, links, await rules.list(context.facts.project, page), show);
  };

  const create = async (context: InProject) => {
    const body = parseWith(NewRule, await readParameters(context));
    const rule = { ...settingsOf(body), type: body.package_type, pattern: body.package_name_pattern };
    return json(show(await rules.create(context.facts.project, rule, context)), 201);
  };

  const update = async (context: InProject) => {
    const {
      package_type: type,
      package_name_pattern: pattern,
      ...body
    } = parseWith(RuleChange, await readParameters(context));
    const change = {
      ...settingsOf(body),
      ...defined({ type, pattern }),
    };
    return json(show(await rules.update(context.facts.project, ruleId(context), change, context)));
  };

  const destroy = async (context: InProject) => {
    await rules.destroy(context.facts.project, ruleId(context), context);
    return noContent();
  };

  return { list, create, update, destroy };
}

export function packageRuleRoutes(services: Services, links: Links): ApiRoute[] {
  const { list, create, update, destroy } = createHandlers(services, links);
  const path = '/api/v4/projects/:id/packages/protection/rules';
  const access = { on: 'project', by: 'id', param: 'id', permission: 'admin_package' } as const;
  return [
    {
      method: 'GET',
      path,
      access: { ...access, permission: 'read_package_rule' },
      handler: list,
      doc: {
        ...TAG,
        summary: 'List the package protection rules of a project',
        query: PageQuery,
        reply: { status: 200, schema: z.array(Shown), paged: true },
      },
    },
    {
      method: 'POST',
      path,
      access,
      handler: create,
      doc: {
        ...TAG,
        summary: 'Create a package protection rule',
        description: "Deploy tokens have no role: if a rule requires a role, they can't publish or delete.",
        body: NewRule,
        reply: { status: 201, schema: Shown },
      },
    },
    {
      method: 'PATCH',
      path: `${path}/:rule_id`,
      access,
      handler: update,
      doc: {
        ...TAG,
        ...RULE_ID,
        summary: 'Change a package protection rule',
        body: RuleChange,
        reply: { status: 200, schema: Shown },
      },
    },
    {
      method: 'DELETE',
      path: `${path}/:rule_id`,
      access,
      handler: destroy,
      doc: { ...TAG, ...RULE_ID, summary: 'Delete a package protection rule', reply: { status: 204 } },
    },
  ];
}

const TAG = { tag: 'Packages' } as const;
const RULE_ID = { params: z.object({ rule_id: z.int().describe('ID of the rule') }) };

const ruleId = (context: InProject) => idParameter(context, 'rule_id');

const levelOf = (name: LevelName | null | undefined) => (name == null ? name : LEVELS[name]);

function nameOfLevel(level: number | null): string | null {
  const [name] = Object.entries(LEVELS).find(([, value]) => value === level) ?? [null];
  return name;
}

const settingsOf = (body: z.output<typeof Settings>) => ({
  duplicates: body.duplicates,
  pushLevel: levelOf(body.minimum_access_level_for_push),
  deleteLevel: levelOf(body.minimum_access_level_for_delete),
});
