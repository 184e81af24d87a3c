import { z } from 'zod';
import { json } from '../http/replies/json.ts';
import { VERSION } from '../lib/version.ts';
import type { ApiRoute } from './api-route.ts';

/**
 * The version of GitLab whose API this is like. Clients switch features by it, and python-gitlab takes it apart at its
 * dots and needs three parts. The suffix identifies this program, like GitLab's `-ee`.
 */
const LIKE_GITLAB = '18.3.0-postern';

const Version = z
  .object({
    version: z.string().describe('The GitLab version that this API is compatible with'),
    revision: z.string().describe('Version of Postern'),
  })
  .meta({ id: 'Version' });

const Metadata = Version.extend({
  kas: z.object({
    enabled: z.boolean(),
    externalUrl: z.null(),
    externalK8sProxyUrl: z.null(),
    version: z.null(),
  }),
  enterprise: z.boolean(),
}).meta({ id: 'Metadata' });

const version: z.output<typeof Version> = { version: LIKE_GITLAB, revision: VERSION };
const metadata: z.output<typeof Metadata> = {
  ...version,
  kas: { enabled: false, externalUrl: null, externalK8sProxyUrl: null, version: null },
  enterprise: false,
};

const NOTHING = { status: 200, schema: z.array(z.never()) };

export function serverRoutes(): ApiRoute[] {
  return [
    {
      method: 'GET',
      path: '/api/v4/version',
      access: { on: 'instance', permission: 'read_instance' },
      handler: () => json(version),
      doc: { tag: 'Server', summary: 'Get the version', reply: { status: 200, schema: Version } },
    },
    {
      method: 'GET',
      path: '/api/v4/metadata',
      access: { on: 'instance', permission: 'read_instance' },
      handler: () => json(metadata),
      doc: {
        tag: 'Server',
        summary: 'Get the version and enabled features',
        description: 'Postern has no Kubernetes agent server, so `kas` is disabled.',
        reply: { status: 200, schema: Metadata },
      },
    },
    {
      method: 'GET',
      path: '/api/v4/topics',
      access: { on: 'instance', permission: 'list_projects' },
      handler: () => json([]),
      doc: { tag: 'Server', summary: 'List topics of projects: there are none', reply: NOTHING },
    },
    {
      method: 'GET',
      path: '/api/v4/features',
      access: { on: 'instance', permission: 'read_instance' },
      handler: () => json([]),
      doc: { tag: 'Server', summary: 'List feature flags of the server: there are none', reply: NOTHING },
    },
  ];
}
