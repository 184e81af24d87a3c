import type { Permission } from '../../authz/permissions.ts';
import type { Services } from '../../domain/services.ts';
import type { Route } from '../../http/route.ts';
import { byImage, byUpload } from './access.ts';
import { createHandlers } from './handlers.ts';

const PUBLIC_KEY = { on: 'anyone', why: 'public keys, for programs that verify our bearer tokens' } as const;
const SIGN_IN = { on: 'instance', permission: 'use_registry' } as const;

/** https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#endpoints */
export function registryRoutes(services: Services): Route[] {
  const { tokens, blobs, uploads, manifests } = createHandlers(services);
  const by = byImage(services.access);
  const image = (permission: Permission) => ({ on: 'project', by, param: 'name', permission }) as const;
  const pull = image('read_container_image');
  const push = image('create_container_image');
  const own = { ...push, by: byUpload(services.access) } as const;
  const remove = image('destroy_container_image');
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
    { method: 'GET', path: '/v2/:name{.+}/tags/list', access: pull, handler: manifests.tags },
    // GitLab's, from before OCI had its own: scripts that tidy up still ask for it.
    { method: 'DELETE', path: '/v2/:name{.+}/tags/reference/:tag', access: remove, handler: manifests.removeTag },
    { method: 'GET', path: '/v2/:name{.+}/referrers/:digest', access: pull, handler: manifests.referrers },
    { method: 'GET', path: manifest, access: pull, handler: manifests.get },
    { method: 'PUT', path: manifest, access: push, handler: manifests.put },
    { method: 'DELETE', path: manifest, access: remove, handler: manifests.remove },
    { method: 'GET', path: blob, access: pull, handler: blobs.get },
    { method: 'DELETE', path: blob, access: remove, handler: blobs.remove },
    { method: 'POST', path: '/v2/:name{.+}/blobs/uploads', access: push, handler: uploads.begin },
    { method: 'POST', path: '/v2/:name{.+}/blobs/uploads/', access: push, handler: uploads.begin },
    { method: 'GET', path: upload, access: own, handler: uploads.status },
    { method: 'PATCH', path: upload, access: own, handler: uploads.append },
    { method: 'PUT', path: upload, access: own, handler: uploads.complete, takesRange: true },
    { method: 'DELETE', path: upload, access: own, handler: uploads.cancel },
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
