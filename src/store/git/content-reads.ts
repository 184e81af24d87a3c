import { type BlobFound, findBlob } from './git-blob.ts';
import { type DiffRequest, type DiffStats, type FileDiff, mergeBase, readDiff, readStats } from './git-diff.ts';
import { type LogEntry, type LogRequest, readCommits, readLog } from './git-log.ts';
import {
  listMerged,
  listRefPage,
  type RefKind,
  type RefPage,
  type RefRequest,
  type RefWithCommit,
  readRefs,
} from './git-refs.ts';
import { type FileRequest, type GitFile, listTree, readFile, type TreeList, type TreeRequest } from './git-tree.ts';
import { VISIBLE } from './reachable.ts';
import type { Readers } from './readers.ts';

/**
 * Reads of refs, commits and files, for pages and the API. Each is bounded in items and bytes by its request, and in
 * time. An object that no visible ref leads to does not exist here.
 */
export interface ContentReads {
  /** A part of its branches or tags. */
  refs(projectId: number, request: RefRequest): Promise<RefPage>;
  /** One branch or tag. @returns null when there is none. */
  ref(projectId: number, kind: RefKind, name: string): Promise<RefWithCommit | null>;
  /** Those of some branches whose commits are all in the history of the branch `into`. */
  mergedBranches(projectId: number, merged: { into: string; names: readonly string[] }): Promise<Set<string>>;
  /**
   * The id of the commit that a revision names. @returns null when there is none.
   * @throws PosternError `invalid` for a revision or path that git must not see; so do all that follow.
   */
  commitOf(projectId: number, revision: string): Promise<string | null>;
  /** Commits by their ids, which refs gave. */
  commits(projectId: number, ids: readonly string[]): Promise<Map<string, LogEntry>>;
  /** The changed lines of commits, each compared with its first parent. */
  stats(projectId: number, ids: readonly string[]): Promise<Map<string, DiffStats>>;
  /** The changes between two commits, up to bounds in files and bytes. */
  diff(projectId: number, request: DiffRequest): Promise<FileDiff[]>;
  /** The newest common ancestor of two commits. @returns null when they have none. */
  mergeBase(projectId: number, commits: readonly [string, string]): Promise<string | null>;
  /** A file of a commit. A symbolic link is not followed. @returns null when there is no such revision or file. */
  readFile(projectId: number, request: FileRequest): Promise<GitFile | null>;
  /** A blob by its id. @returns null for an object that is no blob, or that no visible ref leads to. */
  findBlob(projectId: number, id: string): Promise<BlobFound | null>;
  /** The bytes of a blob that `findBlob` found. The caller bounds its size. */
  readBlob(projectId: number, id: string): Promise<Uint8Array>;
  /** The entries of a folder. @returns null when there is no such revision or folder. */
  listTree(projectId: number, request: TreeRequest): Promise<TreeList | null>;
  /** The commits that lead to a revision, the newest first. @returns null when there is no such revision. */
  log(projectId: number, request: LogRequest): Promise<LogEntry[] | null>;
}

/** @param readers run each read in the pool. */
export function createContentReads({ reading, readingCommit, reads, reachability }: Readers): ContentReads {
  return {
    refs: (id, request) =>
      reading(id, { items: [], page: request.page, perPage: request.perPage, total: 0 }, (...on) =>
        listRefPage(...on, request),
      ),
    ref: (id, kind, name) => reading(id, null, async (...on) => (await readRefs(...on, kind, [name]))[0] ?? null),
    mergedBranches: (id, merged) => reads(id, new Set(), (...on) => listMerged(...on, merged)),
    commitOf: (id, revision) => readingCommit(id, { revision }, async (_git, _path, found) => found.revision),
    commits: (id, ids) => reads(id, new Map(), (...on) => readCommits(...on, ids)),
    stats: (id, ids) => reads(id, new Map(), (...on) => readStats(...on, ids)),
    diff: (id, request) => reads(id, [], (...on) => readDiff(...on, request)),
    mergeBase: (id, commits) => reads(id, null, (...on) => mergeBase(...on, commits)),
    readFile: (id, request) => readingCommit(id, request, readFile),
    findBlob: (id, blob) => reads(id, null, (...on) => findBlob(reachability, ...on, blob)),
    readBlob: (id, blob) =>
      reads(id, new Uint8Array(), (git, path) => git.run(['--git-dir', path, 'cat-file', 'blob', blob])),
    listTree: (id, request) => readingCommit(id, request, listTree),
    log(id, { revision, ...request }) {
      if (revision === null) return reads(id, [], (...on) => readLog(...on, VISIBLE, request));
      return readingCommit(id, { revision }, (git, path, found) => readLog(git, path, [found.revision], request));
    },
  };
}
