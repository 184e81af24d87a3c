import type { Permission } from '../../authz/permissions.ts';
import type { Services } from '../../domain/services.ts';
import type { Route } from '../../http/route.ts';
import { createHandlers } from './handlers.ts';

const image = <P extends Permission>(permission: P) =>
  ({ on: 'project', by: 'image', param: 'name', permission }) as const;

const PULL = image('read_container_image');
const PUSH = image('create_container_image');
const DELETE = image('destroy_container_image');
const PUBLIC_KEY = { on: 'anyone', why: 'public keys, for whoever checks our bearer tokens' } as const;
const SIGN_IN = { on: 'instance', permission: 'use_registry' } as const;

/** https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#endpoints */
export function registryRoutes(services: Services): Route[] {
  const { tokens, blobs, uploads, manifests } = createHandlers(services);
  const blob = '/v2/:name{.+}/blobs/:digest';
  const upload = '/v2/:name{.+}/blobs/uploads/:upload';
  const manifest = '/v2/:name{.+}/manifests/:reference';
  return [
    { method: 'GET', path: '/v2', access: SIGN_IN, handler: tokens.ping },
    { method: 'GET', path: '/v2/', access: SIGN_IN, handler: tokens.ping },
    {
      method: 'GET',
      path: '/v2/_catalog',
      access: { on: 'instance', permission: 'list_images' },
      handler: manifests.catalogue,
    },
    { method: 'GET', path: '/v2/:name{.+}/tags/list', access: PULL, handler: manifests.tags },
    // GitLab's, from before OCI had its own: scripts that tidy up still ask for it.
    { method: 'DELETE', path: '/v2/:name{.+}/tags/reference/:tag', access: DELETE, handler: manifests.removeTag },
    { method: 'GET', path: '/v2/:name{.+}/referrers/:digest', access: PULL, handler: manifests.referrers },
    { method: 'GET', path: manifest, access: PULL, handler: manifests.get },
    { method: 'PUT', path: manifest, access: PUSH, handler: manifests.put },
    { method: 'DELETE', path: manifest, access: DELETE, handler: manifests.remove },
    { method: 'GET', path: blob, access: PULL, handler: blobs.get },
    { method: 'DELETE', path: blob, access: DELETE, handler: blobs.remove },
    { method: 'POST', path: '/v2/:name{.+}/blobs/uploads', access: PUSH, handler: uploads.begin },
    { method: 'POST', path: '/v2/:name{.+}/blobs/uploads/', access: PUSH, handler: uploads.begin },
    { method: 'GET', path: upload, access: PUSH, handler: uploads.status },
    { method: 'PATCH', path: upload, access: PUSH, handler: uploads.append },
    { method: 'PUT', path: upload, access: PUSH, handler: uploads.complete },
    { method: 'DELETE', path: upload, access: PUSH, handler: uploads.cancel },
  ];
}

export function tokenRoutes(services: Services): Route[] {
  const { tokens } = createHandlers(services);
  return [
    { method: 'GET', path: '/jwt/auth', access: SIGN_IN, handler: tokens.get },
    { method: 'POST', path: '/jwt/auth', access: SIGN_IN, handler: tokens.post },
    { method: 'GET', path: '/-/jwks', access: PUBLIC_KEY, handler: tokens.keys },
    { method: 'GET', path: '/-/registry.pem', access: PUBLIC_KEY, handler: tokens.publicKey },
    { method: 'GET', path: '/-/registry.crt', access: PUBLIC_KEY, handler: tokens.certificate },
  ];
}
