import type { Setting } from '../config/settings.ts';
import type { Command } from './command.ts';

/** `postern --help`: what there is to be typed. */
export function overview(commands: readonly Command[]): string {
  return [
    'Postern serves Git, images and packages to machines that hold a deploy token.\n',
    'Usage: postern <command> [flags]\n',
    ...aligned(commands.map(({ name, summary }) => [name, summary])),
    '',
    '`postern <command> --help` tells its flags.\n',
  ].join('\n');
}

/** `postern serve --help`: its flags, the environment variables that do the same, and what holds without either. */
export function helpOf(command: Command): string {
  const parts = [`postern ${command.name}: ${command.summary}`, ''];
  if (command.about !== undefined) parts.push(command.about, '');
  parts.push(
    `Usage: postern ${command.name}${command.flags.length + command.settings.length > 0 ? ' [flags]' : ''}`,
    '',
  );
  if (command.flags.length > 0) {
    parts.push(...aligned(command.flags.map(({ flag, value, help }) => [[flag, value].join(' ').trim(), help])), '');
  }
  if (command.settings.length > 0) {
    parts.push('Settings, each a flag or a variable of the environment; the flag wins:', '');
    parts.push(...command.settings.flatMap(settingLines), '');
  }
  return parts.join('\n');
}

function settingLines({ env, flag, value, fallback, help }: Setting): string[] {
  const left = `  ${flag} ${value}`;
  const rest = `${help}${fallback === undefined ? '' : ` (default: ${fallback})`}`;
  return [`${left.padEnd(34)} ${env}`, `      ${rest}`];
}

function aligned(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
