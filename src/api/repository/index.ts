import type { Services } from '../../domain/services.ts';
import type { Links } from '../../http/links.ts';
import type { ApiRoute } from '../api-route.ts';
import { blobRoutes } from './blobs.ts';
import { branchRoutes } from './branches.ts';
import { fileRoutes } from './files.ts';
import { tagRoutes } from './tags.ts';
import { treeRoutes } from './tree.ts';

/** The content of repositories: refs, folders and files. */
export const repositoryRoutes = (services: Services, links: Links): ApiRoute[] => [
  ...branchRoutes(services, links),
  ...tagRoutes(services, links),
  ...treeRoutes(services, links),
  ...fileRoutes(services),
  ...blobRoutes(services),
];
