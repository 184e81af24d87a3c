/** Under what a tag is kept among the properties of a package: `tag:latest`, whose value is a version. */
export const TAG = 'tag:';
/**
 * And when it was set, in milliseconds since 1970, where that was not when its version was published: `tagged:latest`.
 */
export const TAGGED = 'tagged:';
/** Of which version another property is, which goes with it: `of:readme`. */
export const OF = 'of:';
