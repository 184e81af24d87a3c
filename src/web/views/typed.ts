/** Submitted form values and errors, by field. */
export interface Typed {
  values: URLSearchParams;
  mistakes: Readonly<Record<string, string>>;
}

export const UNTYPED: Typed = { values: new URLSearchParams(), mistakes: {} };

/** Under this name stands what is wrong with a form as a whole. */
export const WHOLE = '';
