/** A pattern of names of packages that only some roles may publish or delete under. */
export interface Protection {
  /** `*` is any run of letters. */
  pattern: string;
  /** The same in the form in which its type compares names. */
  foldedPattern: string;
  /** The least role that publishes; null: the pattern says nothing about it. */
  push: number | null;
  /** The least role that deletes. */
  delete: number | null;
}
