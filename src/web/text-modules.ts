/** What is sent to browsers lies in the program as text, so that the single executable has it. */
declare module '*.css' {
  const text: string;
  export = text;
}
declare module '*.svg' {
  const text: string;
  export = text;
}
