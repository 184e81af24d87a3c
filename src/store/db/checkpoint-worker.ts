import type { Database as BunDatabase } from 'bun:sqlite';
import { messageOf } from '../../lib/message-of.ts';
import { copyLog, emptyLog, openForCheckpoint } from './checkpoint.ts';

/** A step of a checkpoint of a database file. The second ends the connection. */
export interface CheckpointStep {
  file: string;
  step: 'copy' | 'empty';
}

/** The end of a step: the message of its error; null for none. */
export type CheckpointAnswer = string | null;

declare const self: Worker;

let db: BunDatabase | undefined;

self.onmessage = ({ data: { file, step } }: MessageEvent<CheckpointStep>) => {
  let answer: CheckpointAnswer = null;
  try {
    db ??= openForCheckpoint(file);
    if (step === 'copy') copyLog(db);
    else emptyLog(db);
  } catch (error) {
    answer = messageOf(error);
  }
  if (step === 'empty' || answer !== null) {
    db?.close();
    db = undefined;
  }
  self.postMessage(answer);
};
