/**
 * Why the program cannot start or do its command. The message is one sentence for the operator: the problem, the
 * setting that causes it, and where it helps the fix. It is printed without a stack.
 */
export class StartError extends Error {
  override readonly name: string = 'StartError';
}
