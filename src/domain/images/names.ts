import { ruleBroken } from '../../lib/errors.ts';
import { MAX_DEPTH } from '../paths.ts';

const PART = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const NAME = new RegExp(`^${PART}(?:/${PART})*$`);
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

/** Clients put the host before it and take 255 characters for both together; a longer name could not be pulled. */
const MAX_LENGTH = 255;

export const isImageName = (name: string) => name.length <= MAX_LENGTH && NAME.test(name);

/**
 * The name of an image: lower-case words with slashes between them. OCI distribution-spec 1.1, "Pulling manifests".
 * @throws PosternError invalid, about `image name`.
 */
function checkImageName(name: string): string {
  if (isImageName(name)) return name;
  throw ruleBroken(
    'An image name consists of lower-case letters and digits, separated by single dots, dashes, underscores or slashes; at most 255 characters.',
    'image name',
  );
}

/**
 * The paths that the project of an image may have: every part of its name that is a namespace and a project at least.
 * @throws PosternError invalid, about `image name`.
 */
export function projectPathsOf(image: string): string[] {
  const parts = checkImageName(image).split('/');
  const longest = Math.min(parts.length, MAX_DEPTH + 1);
  return Array.from({ length: Math.max(0, longest - 1) }, (_, index) => parts.slice(0, index + 2).join('/'));
}

/** The part of an image's name after its project's path: empty for the project's own image. */
export function pathInProject(image: string, projectPath: string): string {
  return image.slice(projectPath.length + 1);
}

export const imageNameOf = (projectPath: string, path: string) =>
  (path === '' ? projectPath : `${projectPath}/${path}`).toLowerCase();

export const isTag = (text: string) => TAG.test(text);
