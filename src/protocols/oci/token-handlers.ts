import type { Permission } from '../../authz/permissions.ts';
import { type AccessEntry, LIFETIME_SECONDS, SERVICE, type TokenSubject } from '../../domain/images/access-tokens.ts';
import { isImageName } from '../../domain/images/names.ts';
import type { Services } from '../../domain/services.ts';
import { readFields } from '../../http/bodies/read-fields.ts';
import type { RequestContext } from '../../http/route.ts';
import { forbidden, notFound, ruleBroken, unauthenticated } from '../../lib/errors.ts';
import { formatInstant } from '../../lib/instant.ts';
import { idsOf } from '../../lib/lineage.ts';
import { formatScopes, parseScopes, type RequestedScope } from './format.ts';

type AnyContext = RequestContext<unknown>;

/**
 * The token service: what `docker login` and every pull and push ask first.
 * https://distribution.github.io/distribution/spec/auth/token/ and /oauth/
 */
export function createTokenHandlers(services: Services) {
  const { images } = services;
  const issue = async (context: AnyContext, parameters: URLSearchParams) => {
    if (!images.enabled || parameters.get('service') !== SERVICE) throw notFound('registry');
    const { access, withheld } = await grant(services, context, parseScopes(parameters.getAll('scope')));
    // Someone who is nobody and gets nothing would only be led to try again.
    if (context.actor.kind === 'anonymous' && access.length === 0) throw forbidden('access forbidden');
    const { token, issuedAt } = await images.tokens.issue(subjectOf(context), access, withheld);
    context.note({ scopes: formatScopes(access) });
    return { token, access_token: token, expires_in: LIFETIME_SECONDS, issued_at: formatInstant(issuedAt), access };
  };

  return {
    async get(context: AnyContext): Promise<Response> {
      const { access: _, ...answer } = await issue(context, context.query);
      return json(answer);
    },

    /**
     * The form that containerd and BuildKit try first. Never a refresh token: clients would keep it in place of the
     * password.
     */
    async post(context: AnyContext): Promise<Response> {
      const form = await readFields(context.request);
      if (form.get('grant_type') !== 'password') throw ruleBroken('The only grant_type here is password.');
      const { access, ...answer } = await issue(context, form);
      return json({ ...answer, scope: formatScopes(access) });
    },

    /** The public key, for registries that are not this one. */
    keys: async () => json(await images.tokens.keySet(), { 'Cache-Control': 'public, max-age=300' }),

    publicKey: async () => pem(await images.tokens.publicKey(), 'application/x-pem-file'),

    certificate: async () => pem(await images.tokens.certificate(), 'application/x-x509-ca-cert'),

    /** end-1: tells a client that its credential is good here, and one without where to get one. */
    async ping({ actor }: AnyContext): Promise<Response> {
      if (!images.enabled) throw notFound('registry');
      if (actor.kind === 'anonymous' && actor.grants === undefined)
        throw unauthenticated('Sign in with a user name and a deploy token or personal access token.');
      return json({});
    },
  };
}

const pem = (text: string, type: string) =>
  new Response(text, { headers: { 'Content-Type': type, 'Cache-Control': 'public, max-age=300' } });

function json(body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...headers },
  });
}

/**
 * Grants the part of the requested access that the caller may have.
 * @returns `withheld`, the images to which nothing was granted: missing and hidden ones alike.
 */
async function grant(services: Services, context: AnyContext, scopes: readonly RequestedScope[]) {
  const access: AccessEntry[] = [];
  const withheld: string[] = [];
  for (const scope of scopes) {
    const entry = await grantOne(services, context, scope);
    if (entry) access.push(entry);
    else if (scope.type === 'repository' && isImageName(scope.name)) withheld.push(scope.name);
  }
  return { access, withheld };
}

async function grantOne(services: Services, context: AnyContext, scope: RequestedScope): Promise<AccessEntry | null> {
  const { type, name, actions } = scope;
  if (type === 'registry') {
    const granted = name === 'catalog' && actions.includes('*') && context.permit('list_images').allow;
    return granted ? { type, name, actions: ['*'] } : null;
  }
  if (type !== 'repository' || !isImageName(name)) return null;
  const facts = await services.access.project({ image: name }, context.userId);
  const granted = grantedActions(actions, (permission) => context.permitOn(facts, permission).allow);
  if (facts.on !== 'project' || granted.length === 0) {
    // A hidden project and a missing one take the same look-ups.
    await services.access.completeLookUps(facts, context.userId);
    return null;
  }
  const { project } = facts;
  const [root] = idsOf(facts.lineage);
  return {
    type,
    name,
    actions: granted,
    meta: { project_path: project.full_path, project_id: project.id, root_namespace_id: root ?? project.namespace_id },
  };
}

const PERMISSION_OF = {
  pull: 'read_container_image',
  push: 'create_container_image',
  delete: 'destroy_container_image',
} as const satisfies Record<string, Permission>;

const ACTIONS = ['pull', 'push', 'delete'] as const;

/** Clients request `*` to delete: a caller that may delete gets all its rights. An unknown action is no action. */
function grantedActions(asked: readonly string[], may: (permission: Permission) => boolean): AccessEntry['actions'] {
  const everything = asked.includes('*') && may('destroy_container_image');
  const granted = ACTIONS.filter((action) => (everything || asked.includes(action)) && may(PERMISSION_OF[action]));
  return everything ? [...granted, '*'] : granted;
}

function subjectOf({ credential, username }: AnyContext): TokenSubject {
  if (credential.kind === 'session' || credential.kind === 'job')
    throw forbidden('Bearer tokens are for passwords, personal access tokens and deploy tokens.');
  return { ...credential, username };
}
