/** Under what a tag is kept among the properties of a package: `tag:latest`, whose value is a version. */
export const TAG = 'tag:';
