/**
 * Why the program cannot do what it was started for. The message is one sentence for whoever runs it: what is wrong, by
 * which setting, and where it helps what would do. It is printed as it is, without a stack.
 */
export class StartError extends Error {
  override readonly name: string = 'StartError';
}
