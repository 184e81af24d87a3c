/** Files for browsers are imported as text, so that the single executable holds them. */
declare module '*.svg' {
  const text: string;
  export = text;
}
