import { parseArgs } from 'node:util';
import { readEnv } from '../config/env.ts';
import { isSecret, isSecretFlag } from '../config/settings.ts';
import { messageOf } from '../lib/message-of.ts';
import { StartError } from '../lib/start-error.ts';
import { type Command, type Invocation, UsageError } from './command.ts';
import { COMMANDS } from './commands.ts';
import { helpOf, overview } from './help.ts';
import { suggest } from './suggest.ts';

type Output = Pick<Invocation, 'print' | 'say'>;
const STANDARD: Output = {
  print: async (text) => void (await Bun.write(Bun.stdout, text)),
  say: async (text) => void (await Bun.write(Bun.stderr, text)),
};

/**
 * Runs the command that follows `postern`.
 * @param output the standard output and the standard error; tests read them.
 * @returns the exit code: 1 when the command failed, 2 when the command line is not valid.
 */
export async function runCommandLine(words: readonly string[], output: Output = STANDARD): Promise<number> {
  const { say } = output;
  try {
    return await runWords(words, output);
  } catch (error) {
    if (error instanceof UsageError) {
      await say(`postern: ${error.message}\n`);
      return 2;
    }
    await say(`postern: ${explain(error)}\n`);
    return 1;
  }
}

async function runWords(words: readonly string[], output: Output): Promise<number> {
  const { print, say } = output;
  const command = findCommand(words);
  if (!command) return runWithoutCommand(words, output);
  const { values, positionals } = parse(command, words.slice(command.name.split(' ').length));
  if (values['help'] === true) {
    await print(helpOf(command));
    return 0;
  }
  checkArguments(command, positionals);
  const raw = readEnv();
  for (const { env, flag } of command.settings) {
    const value = values[flag.slice(2)];
    // An unset variable of a shell arrives as an empty string; an empty folder would be the current one.
    if (value === '') throw new UsageError(`${flag} is empty; leave it out to use the default.`);
    if (typeof value !== 'string') continue;
    if (isSecretFlag(env, value)) throw new UsageError(`${flag} ${SECRET_FLAG} ${env} or ${env}_FILE.`);
    raw[env] = value;
  }
  const invocation = { raw, flags: values, args: positionals, print, say, readInput: () => Bun.stdin.text() };
  return (await command.load())(invocation);
}

const SECRET_FLAG = 'would show a secret in the list of processes: use the environment variable';

/** The command with the longest name that the words begin with: `tasks run` before `tasks`. */
function findCommand(words: readonly string[]): Command | undefined {
  return COMMANDS.filter(({ name }) => name.split(' ').every((word, i) => words[i] === word)).sort(
    (a, b) => b.name.length - a.name.length,
  )[0];
}

async function runWithoutCommand(words: readonly string[], output: Output): Promise<number> {
  const [first = '', second] = words;
  if (first === '--version' || first === '-v') return runWords(['version'], output);
  const group = COMMANDS.filter(({ name }) => name.startsWith(`${first} `));
  if (first === 'help' || words.some((word) => word === '--help' || word === '-h') || first === '') {
    const text = overview(group.length > 0 && first !== '' ? group : COMMANDS);
    if (first !== '') await output.print(text);
    else await output.say(text);
    return first === '' ? 2 : 0;
  }
  if (group.length > 0 && second === undefined)
    throw new UsageError(`the command is not complete: ${group.map(({ name }) => `postern ${name}`).join(' or ')}.`);
  const typed = words.slice(0, group.length > 0 ? 2 : 1).join(' ');
  const names = COMMANDS.map(({ name }) => name);
  const nearest = suggest(words.slice(0, 2).join(' '), names) ?? suggest(typed, names);
  const hint = nearest === null ? '' : ` Did you mean "${nearest}"?`;
  throw new UsageError(`there is no command "${typed}".${hint} postern --help lists all commands.`);
}

function parse(command: Command, args: string[]): { values: Invocation['flags']; positionals: string[] } {
  const flags = [
    ...command.flags.map(({ flag, value }) => [flag.slice(2), value === undefined ? 'boolean' : 'string'] as const),
    ...command.settings.map(({ flag }) => [flag.slice(2), 'string'] as const),
  ];
  const options = Object.fromEntries(flags.map(([name, type]) => [name, { type }]));
  try {
    const known = { ...options, help: { type: 'boolean' as const, short: 'h' } };
    const parsed = parseArgs({ args, options: known, strict: true, allowPositionals: true });
    return { values: parsed.values as Invocation['flags'], positionals: parsed.positionals };
  } catch (error) {
    const reason = reasonOf(messageOf(error));
    throw new UsageError(`${reason}${flagHint(command, args, reason)}; see postern ${command.name} --help.`);
  }
}

function flagHint({ flags, settings }: Command, args: readonly string[], reason: string): string {
  const typed = args.find((arg) => reason.includes(`'${arg.split('=')[0]}'`))?.split('=')[0] ?? '';
  const known = [...flags, ...settings.filter(({ env }) => !isSecret(env))].map(({ flag }) => flag as string);
  const nearest = known.includes(typed) ? null : suggest(typed, known);
  return nearest === null ? '' : `, did you mean ${nearest}`;
}

function checkArguments({ name, args = [] }: Command, given: readonly string[]): void {
  const missing = args[given.length];
  if (missing !== undefined) throw new UsageError(`${missing} is missing: postern ${[name, ...args].join(' ')}.`);
  const extra = given[args.length];
  if (extra !== undefined) throw new UsageError(`unexpected argument '${extra}'; see postern ${name} --help.`);
}

/** The first sentence of an error of `parseArgs`; the others suggest a syntax that no command has. */
function reasonOf(message: string): string {
  const [sentence = ''] = message.split(/\.\s|\n/);
  const dashed = /^Option '(--[a-z0-9-]+)[^']*' argument is ambiguous/.exec(sentence)?.[1];
  if (dashed) return `the value of ${dashed} starts with a dash: write ${dashed}=-...`;
  return sentence.replace(/\.$/, '').replace(/^[A-Z]/, (c) => c.toLowerCase());
}

/** An error that the operator can correct is one sentence; a fault of the program has its stack. */
function explain(error: unknown): string {
  if (error instanceof StartError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
