import { z } from 'zod';
import type { RouteDoc } from '../http/route-doc.ts';
import { defined } from '../lib/defined.ts';
import { VERSION } from '../lib/version.ts';
import type { ApiRoute } from './api-route.ts';
import { ERROR_RESPONSES, PAGE_HEADERS, PREAMBLE, REQUEST_ID } from './openapi-words.ts';

type Json = Record<string, unknown>;

const PREFIX = '/api/v4';

/**
 * The description of the API, made of its rows. https://spec.openapis.org/oas/v3.1.1
 * @param routes all rows; the order of paths in the document is theirs.
 */
export function openApiDocument(routes: readonly ApiRoute[]): Json {
  const schemas: Json = {};
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = route.path.slice(PREFIX.length).replace(/:([a-z_]+)(\{[^}]*\})?/g, '{$1}');
    paths[path] ??= {};
    paths[path][route.method.toLowerCase()] = operation(route, path, schemas);
  }
  return {
    openapi: '3.1.1',
    info: { title: 'Postern', version: VERSION, description: PREAMBLE, license: { name: 'Apache-2.0' } },
    servers: [{ url: PREFIX }],
    security: [{ privateToken: [] }, { bearer: [] }],
    paths,
    components: {
      schemas: Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1))),
      responses: ERROR_RESPONSES,
      headers: { ...PAGE_HEADERS, 'X-Request-Id': REQUEST_ID },
      securitySchemes: {
        privateToken: { type: 'apiKey', in: 'header', name: 'PRIVATE-TOKEN' },
        bearer: { type: 'http', scheme: 'bearer' },
      },
    },
  };
}

function operation({ method, access, doc }: ApiRoute, path: string, schemas: Json): Json {
  const open = access.on === 'anyone';
  const needs = open
    ? 'No authentication required.'
    : `Needs the permission \`${access.permission}\` on the ${access.on}.`;
  return {
    operationId: operationId(method, path),
    tags: [doc.tag],
    summary: doc.summary,
    description: [doc.description, needs].filter(Boolean).join('\n\n'),
    ...defined({ security: open ? [] : undefined }),
    parameters: [
      ...pathParameters(path, access.on === 'project' || access.on === 'group' ? access.param : null, doc, schemas),
      ...parameters('query', doc.query, schemas),
    ],
    ...defined({ requestBody: doc.body ? requestBody(doc.body, schemas) : undefined }),
    responses: {
      [doc.reply.status]: success(doc.reply, schemas),
      ...Object.fromEntries(
        errorsOf(method, path, open, doc).map((status) => [status, ref('responses', `E${status}`)]),
      ),
    },
  };
}

/**
 * `GET /projects/{id}/deploy_tokens` -> `getProjectsIdDeployTokens`. Stable: generated clients name their functions so.
 */
function operationId(method: string, path: string): string {
  const words = path.replace(/[{}]/g, '').split(/[/_.]/).filter(Boolean);
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

function pathParameters(path: string, target: string | null, { params }: RouteDoc, schemas: Json): Json[] {
  const described = parameters('path', params, schemas);
  return [...path.matchAll(/\{([a-z_]+)\}/g)].map(([, name = '']) => {
    if (name === target) return TARGET(name);
    const found = described.find((parameter) => parameter['name'] === name);
    return found ?? { name, in: 'path', required: true, schema: { type: 'integer' } };
  });
}

const TARGET = (name: string): Json => ({
  name,
  in: 'path',
  required: true,
  description: 'ID, or URL-encoded full path: `group%2Fsubgroup%2Fproject`',
  schema: { type: ['integer', 'string'] },
});

function parameters(where: 'query' | 'path', object: z.ZodObject | undefined, schemas: Json): Json[] {
  if (!object) return [];
  const { properties = {}, required = [] } = schemaOf(object, schemas) as { properties?: Json; required?: string[] };
  return Object.entries(properties).map(([name, value]) => {
    const { description, ...schema } = value as Json;
    return {
      name,
      in: where,
      required: where === 'path' || required.includes(name),
      ...defined({ description }),
      schema,
    };
  });
}

function requestBody(body: z.ZodObject, schemas: Json): Json {
  const schema = schemaOf(body, schemas);
  return {
    required: true,
    content: { 'application/json': { schema }, 'application/x-www-form-urlencoded': { schema } },
  };
}

function success({ status: _, ...reply }: RouteDoc['reply'], schemas: Json): Json {
  const names = ['X-Request-Id', ...(reply.paged ? Object.keys(PAGE_HEADERS) : [])];
  const content = contentOf(reply, schemas);
  return {
    description: content ? 'Success.' : 'Success; no body.',
    headers: Object.fromEntries(names.map((name) => [name, ref('headers', name)])),
    ...defined({ content }),
  };
}

function contentOf({ schema, bytes }: Omit<RouteDoc['reply'], 'status'>, schemas: Json): Json | undefined {
  if (bytes) return { 'application/octet-stream': {} };
  return schema ? { 'application/json': { schema: schemaOf(schema, schemas) } } : undefined;
}

function errorsOf(method: string, path: string, open: boolean, doc: RouteDoc): number[] {
  const takesInput = doc.query !== undefined || doc.body !== undefined || path.includes('{');
  return [
    ...(takesInput ? [400] : []),
    ...(open ? [] : [401, 403]),
    ...(path.includes('{') ? [404] : []),
    ...(method === 'POST' || method === 'PUT' ? [409] : []),
    ...(open ? [] : [429]),
  ];
}

const ref = (kind: string, name: string): Json => ({ $ref: `#/components/${kind}/${name}` });

/** The JSON Schema of a schema as it is sent; what has an id goes to `schemas` and is referred to. */
function schemaOf(schema: z.ZodType, schemas: Json): Json {
  // Zod inlines the schema it is asked for even when it has an id, so it is asked for something around it.
  const { properties, $defs = {} } = z.toJSONSchema(z.object({ it: schema }), {
    io: 'input',
    override: ({ jsonSchema }) => {
      // That integers fit a double is not worth two lines on every number.
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  }) as unknown as { properties: { it: Json }; $defs?: Json };
  for (const [id, definition] of Object.entries($defs)) schemas[id] = relocate(definition as Json);
  return relocate(properties.it);
}

function relocate(schema: Json): Json {
  const { id: _, ...moved } = JSON.parse(
    JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/'),
  ) as Json;
  return moved;
}
