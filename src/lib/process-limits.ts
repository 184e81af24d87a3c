import { dlopen, FFIType } from 'bun:ffi';

export interface ProcessLimits {
  /** The largest address space, in bytes: memory and mapped files. An allocation beyond it fails. */
  addressSpace: number;
  /** The most processor time of one process, in seconds. */
  cpuSeconds: number;
}

/** Numbers of Linux (`man 2 setrlimit`), the same on x86-64 and arm64. */
const RLIMIT_CPU = 0;
const RLIMIT_CORE = 4;
const RLIMIT_AS = 9;
/** Between the signal that a process may handle and the one that kills it. */
const CPU_GRACE_SECONDS = 10;

type Prlimit = (pid: number, resource: number, limit: BigUint64Array | null, old: BigUint64Array | null) => number;

const prlimit = process.platform === 'linux' ? openPrlimit() : null;

/** The system call, and not the program of the same name: another `exec` takes longer than many a git runs. */
function openPrlimit(): Prlimit | null {
  try {
    const args = [FFIType.i32, FFIType.i32, FFIType.ptr, FFIType.ptr];
    return dlopen('libc.so.6', { prlimit: { args, returns: FFIType.i32 } }).symbols.prlimit as Prlimit;
  } catch {
    return null;
  }
}

/** Whether this system can limit a running process. */
export const canLimitProcesses = prlimit !== null;

/**
 * Limits a child of this process, and all that it starts from then on. To be called in the same turn of the event loop
 * as the start, while the number is certainly the child's. Does nothing where the system cannot do it.
 */
export function limitProcess(pid: number, { addressSpace, cpuSeconds }: ProcessLimits): void {
  const set = (resource: number, soft: number, hard: number) =>
    prlimit?.(pid, resource, new BigUint64Array([BigInt(soft), BigInt(hard)]), null);
  set(RLIMIT_AS, addressSpace, addressSpace);
  set(RLIMIT_CPU, cpuSeconds, cpuSeconds + CPU_GRACE_SECONDS);
  set(RLIMIT_CORE, 0, 0);
}
