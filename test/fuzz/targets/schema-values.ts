import { z } from 'zod';
import type { Choices } from '../choices.ts';
import { jsonValue } from '../mutate.ts';

interface Schema {
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
}

/** The schemas of the members of an object that a row reads. */
export function membersOf(object: z.ZodObject | undefined): [string, Schema][] {
  if (object === undefined) return [];
  const { properties } = z.toJSONSchema(object, { unrepresentable: 'any', io: 'input' }) as Schema;
  return Object.entries(properties ?? {});
}

/** Some of the members, most with values that the schema accepts. */
export function someOf(choices: Choices, members: readonly [string, Schema][]): [string, unknown][] {
  const share = choices.pick([0.2, 0.5, 0.9]);
  return members
    .filter(() => choices.chance(share))
    .map(([name, schema]) => [name, choices.chance(0.8) ? valueFor(choices, schema) : jsonValue(choices)]);
}

function valueFor(choices: Choices, schema: Schema): unknown {
  if (schema.enum) return choices.pick(schema.enum);
  if (schema.const !== undefined) return schema.const;
  if (schema.anyOf) return valueFor(choices, choices.pick(schema.anyOf));
  switch ([schema.type].flat()[0]) {
    case 'boolean':
      return choices.pick([true, false, 'true', '0']);
    case 'integer':
    case 'number':
      return choices.pick([0, 1, 2, 5, 20, 30, 40, 100, -1, choices.below(10_000)]);
    case 'array':
      return choices.several(3, () => valueFor(choices, schema.items ?? {}));
    case 'object':
      return Object.fromEntries(someOf(choices, Object.entries(schema.properties ?? {})));
    default:
      return choices.pick(['name', `n${choices.hex(6)}`, '2027-02-14', '1', 'main', '1d', '.*', choices.oddText()]);
  }
}
