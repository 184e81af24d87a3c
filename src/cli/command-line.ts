import { parseArgs } from 'node:util';
import { readEnv } from '../config/env.ts';
import { messageOf } from '../lib/message-of.ts';
import { StartError } from '../lib/start-error.ts';
import { type Command, type Invocation, UsageError } from './command.ts';
import { COMMANDS } from './commands.ts';
import { helpOf, overview } from './help.ts';

const print = async (text: string) => void (await Bun.write(Bun.stdout, text));
const say = async (text: string) => void (await Bun.write(Bun.stderr, text));

/**
 * Does what was typed behind `postern`.
 * @returns the exit code: 1 when it failed, 2 when what was typed makes no sense.
 */
export async function runCommandLine(words: readonly string[]): Promise<number> {
  try {
    return await runWords(words);
  } catch (error) {
    if (error instanceof UsageError) {
      await say(`postern: ${error.message}\n`);
      return 2;
    }
    await say(`postern: ${explain(error)}\n`);
    return 1;
  }
}

async function runWords(words: readonly string[]): Promise<number> {
  const command = findCommand(words);
  if (!command) return runWithoutCommand(words);
  const values = parse(command, words.slice(command.name.split(' ').length));
  if (values['help'] === true) {
    await print(helpOf(command));
    return 0;
  }
  const raw = readEnv();
  for (const { env, flag } of command.settings) {
    const value = values[flag.slice(2)];
    // A variable of a shell that is not set; an empty folder would be the one that we are in.
    if (value === '') throw new UsageError(`${flag} is empty; without it, its default holds.`);
    if (typeof value === 'string') raw[env] = value;
  }
  const invocation: Invocation = { raw, flags: values, print, say, readInput: () => Bun.stdin.text() };
  return (await command.load())(invocation);
}

function findCommand(words: readonly string[]): Command | undefined {
  return COMMANDS.find(({ name }) => name.split(' ').every((word, i) => words[i] === word));
}

async function runWithoutCommand(words: readonly string[]): Promise<number> {
  const [first = '', second] = words;
  if (first === '--version' || first === '-v') return runWords(['version']);
  const group = COMMANDS.filter(({ name }) => name.startsWith(`${first} `));
  if (first === 'help' || words.some((word) => word === '--help' || word === '-h')) {
    await print(overview(group.length > 0 ? group : COMMANDS));
    return 0;
  }
  if (group.length > 0 && second === undefined)
    throw new UsageError(`say what: ${group.map(({ name }) => `postern ${name}`).join(' or ')}.`);
  if (first === '') throw new UsageError('say what to do; postern --help tells what there is.');
  throw new UsageError(
    `there is no command "${words.slice(0, group.length > 0 ? 2 : 1).join(' ')}"; postern --help tells what there is.`,
  );
}

function parse(command: Command, args: string[]): Invocation['flags'] {
  const flags = [
    ...command.flags.map(({ flag, value }) => [flag.slice(2), value === undefined ? 'boolean' : 'string'] as const),
    ...command.settings.map(({ flag }) => [flag.slice(2), 'string'] as const),
  ];
  const options = Object.fromEntries(flags.map(([name, type]) => [name, { type }]));
  try {
    const known = { ...options, help: { type: 'boolean' as const, short: 'h' } };
    return parseArgs({ args, options: known, strict: true }).values as Invocation['flags'];
  } catch (error) {
    throw new UsageError(`${whatIsWrong(messageOf(error))}; postern ${command.name} --help tells the flags.`);
  }
}

/** The first sentence of what `parseArgs` says; the others tell of a way round that we do not have. */
function whatIsWrong(message: string): string {
  const [sentence = ''] = message.split(/\.\s|\n/);
  const dashed = /^Option '(--[a-z0-9-]+)[^']*' argument is ambiguous/.exec(sentence)?.[1];
  if (dashed) return `what stands behind ${dashed} starts with a dash: it would have to be ${dashed}=-...`;
  return sentence.replace(/\.$/, '').replace(/^[A-Z]/, (c) => c.toLowerCase());
}

/** Failures that whoever runs the program can mend are told in a sentence; a fault of ours with its stack. */
function explain(error: unknown): string {
  if (error instanceof StartError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
