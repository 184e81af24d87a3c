import { inField, invalidParameter, ruleBroken } from '../../lib/errors.ts';

/** The scopes of deploy tokens, in canonical order. */
export const DEPLOY_TOKEN_SCOPES = [
  'read_repository',
  'read_registry',
  'write_registry',
  'read_package_registry',
  'write_package_registry',
] as const;

export type DeployTokenScope = (typeof DEPLOY_TOKEN_SCOPES)[number];

/**
 * Puts scopes in canonical order, each once.
 * @throws PosternError when there is none, or one that does not exist.
 */
export function toScopes(scopes: readonly string[]): DeployTokenScope[] {
  const unknown = scopes.filter((scope) => !(DEPLOY_TOKEN_SCOPES as readonly string[]).includes(scope));
  if (unknown.length > 0) throw inField('scopes', invalidParameter('scopes does not have a valid value'));
  if (scopes.length === 0) throw inField('scopes', ruleBroken("Scopes can't be blank"));
  return DEPLOY_TOKEN_SCOPES.filter((scope) => scopes.includes(scope));
}

/** CI jobs push and pull images with a project's token of this name, whatever scopes it was given. */
export const CI_TOKEN_NAME = 'gitlab-deploy-token';

/** The scopes a token acts with: its own, and for a project's `gitlab-deploy-token` the two of the registry. */
export function effectiveScopes(token: {
  name: string;
  owner: { kind: 'project' | 'group' };
  scopes: readonly DeployTokenScope[];
}): DeployTokenScope[] {
  const implied = token.owner.kind === 'project' && token.name === CI_TOKEN_NAME;
  return DEPLOY_TOKEN_SCOPES.filter(
    (scope) => token.scopes.includes(scope) || (implied && (scope === 'read_registry' || scope === 'write_registry')),
  );
}
