/** What a snippet is made for. Everything in it is put in by us and safe to paste: ids, our own URL, a token's name. */
export interface SetupTarget {
  /** The public base URL, without a slash at the end. */
  base: string;
  projectId: number;
  /** Null: there is no group, as for a project in someone's own namespace. */
  groupId: number | null;
  username: string;
  /** The secret, or a placeholder for it. */
  token: string;
}

/** Lines to copy into a shell or a file. */
export interface Snippet {
  title: string;
  /** Where the text goes, when it is a file. */
  file?: string;
  language: 'sh' | 'ini' | 'yaml' | 'toml' | 'json' | 'xml' | 'groovy';
  text: string;
}
