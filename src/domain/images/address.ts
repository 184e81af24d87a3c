import type { ProjectFacts } from '../access/facts.ts';
import type { Resource } from '../access/resource.ts';
import type { Project } from '../projects/projects.ts';
import { imageNameOf, pathInProject } from './names.ts';

/** Which image: its project, and what of its name comes after the project's path. */
export interface ImageAddress {
  project: Project;
  path: string;
}

/** The image of a project that a request is about. */
export function addressOf({ project }: ProjectFacts, resource: Resource | null): ImageAddress {
  const name = resource !== null && 'image' in resource ? resource.image : '';
  return { project, path: pathInProject(name, project.full_path) };
}

export const nameOf = ({ project, path }: ImageAddress) => imageNameOf(project.full_path, path);
