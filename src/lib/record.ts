/** Whether a value of JSON is an object, and no list. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value when it is an object, else an empty object. */
export const record = (value: unknown): Record<string, unknown> => (isRecord(value) ? value : {});
