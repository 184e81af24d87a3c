import { fileVariable, isSecret, type Setting } from '../config/settings.ts';
import type { Command } from './command.ts';

/** `postern --help`: all commands. */
export function overview(commands: readonly Command[]): string {
  return [
    'Postern serves Git, images and packages to machines that have a deploy token.\n',
    'Usage: postern <command> [flags]\n',
    ...aligned(commands.map(({ name, args = [], summary }) => [[name, ...args].join(' '), summary])),
    '',
    '`postern <command> --help` lists the flags of a command.\n',
  ].join('\n');
}

/** `postern serve --help`: the flags of a command, the environment variables that do the same, and the defaults. */
export function helpOf(command: Command): string {
  const { name, summary, about, args = [], flags, settings } = command;
  const parts = [`postern ${name}: ${summary}`, ''];
  if (about !== undefined) parts.push(about, '');
  const usage = ['postern', name, ...args, ...(flags.length + settings.length > 0 ? ['[flags]'] : [])];
  parts.push(`Usage: ${usage.join(' ')}`, '');
  if (flags.length > 0) {
    parts.push(...aligned(flags.map(({ flag, value, help }) => [[flag, value].join(' ').trim(), help])), '');
  }
  if (settings.length > 0) {
    parts.push('Settings, each a flag or an environment variable; the flag wins. Secrets have no flag:', '');
    parts.push(...settings.flatMap(settingLines), '');
  }
  return parts.join('\n');
}

function settingLines({ env, flag, value, fallback, help }: Setting): string[] {
  const file = fileVariable(env);
  const left = isSecret(env) ? '' : `${flag} ${value}`;
  const rest = `${help}${fallback === undefined ? '' : ` (default: ${fallback})`}`;
  return [`  ${left.padEnd(34)} ${env}${file === null ? '' : `, ${file}`}`, `      ${rest}`];
}

function aligned(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
