import type { Route } from '../http/route.ts';
import { assetRoutes } from './assets.ts';
import type { Web } from './page.ts';
import { accountRoutes } from './pages/account/routes.ts';
import { adminRoutes } from './pages/admin/routes.ts';
import { auditLogRoutes } from './pages/audit-log/routes.ts';
import { cleanupRoutes } from './pages/cleanup/routes.ts';
import { creationRoutes } from './pages/creation/routes.ts';
import { generalSettingsRoutes } from './pages/general-settings/routes.ts';
import { homeRoutes } from './pages/home/routes.ts';
import { imageRoutes } from './pages/images/routes.ts';
import { memberRoutes } from './pages/members/routes.ts';
import { packageRuleRoutes } from './pages/package-rules/routes.ts';
import { packagePageRoutes } from './pages/packages/routes.ts';
import { personalTokenRoutes } from './pages/personal-tokens/routes.ts';
import { refsRoutes } from './pages/refs/routes.ts';
import { repositorySettingsRoutes } from './pages/repository-settings/routes.ts';
import { sessionRoutes } from './pages/session/routes.ts';
import { storageRoutes } from './pages/storage/routes.ts';
import { usageRoutes } from './pages/usage/routes.ts';

/** Every page there is, in the order in which they are tried. The homes are last: they take what is left. */
export function pageRoutes(web: Web): Route[] {
  return [
    ...assetRoutes(),
    ...sessionRoutes(web),
    ...accountRoutes(web),
    ...personalTokenRoutes(web),
    ...adminRoutes(web),
    ...auditLogRoutes(web),
    ...memberRoutes(web),
    ...generalSettingsRoutes(web),
    ...repositorySettingsRoutes(web),
    ...packageRuleRoutes(web),
    ...cleanupRoutes(web),
    ...storageRoutes(web),
    ...creationRoutes(web),
    ...refsRoutes(web),
    ...usageRoutes(web),
    ...imageRoutes(web),
    ...packagePageRoutes(web),
    ...homeRoutes(web),
  ];
}
