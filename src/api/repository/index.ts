import type { Services } from '../../domain/services.ts';
import type { Links } from '../../http/links.ts';
import type { ApiRoute } from '../api-route.ts';
import { archiveRoutes } from './archive.ts';
import { blobRoutes } from './blobs.ts';
import { branchRoutes } from './branches.ts';
import { commitRoutes } from './commits.ts';
import { compareRoutes } from './compare.ts';
import { fileRoutes } from './files.ts';
import { tagRoutes } from './tags.ts';
import { treeRoutes } from './tree.ts';

/** The content of repositories: refs, folders, files and commits. */
export const repositoryRoutes = (services: Services, links: Links): ApiRoute[] => [
  ...branchRoutes(services, links),
  ...tagRoutes(services, links),
  ...treeRoutes(services, links),
  ...fileRoutes(services),
  ...blobRoutes(services),
  ...commitRoutes(services, links),
  ...compareRoutes(services, links),
  ...archiveRoutes(services),
];
