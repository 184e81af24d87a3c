import type { ProjectFacts } from '../access/facts.ts';
import type { Project } from '../projects/projects.ts';
import { imageNameOf, pathInProject } from './names.ts';

/** Which image: its project, and what of its name comes after the project's path. */
export interface ImageAddress {
  project: Project;
  path: string;
}

/** The image that facts about a project were found by. */
export function addressOf({ project, image }: ProjectFacts): ImageAddress {
  return { project, path: pathInProject(image ?? '', project.full_path) };
}

export const nameOf = ({ project, path }: ImageAddress) => imageNameOf(project.full_path, path);
