import { dirname, join, normalize, resolve } from 'node:path';
import { Glob } from 'bun';
import { type Node, type SourceFile, SyntaxKind } from 'typescript/unstable/ast';
import * as is from 'typescript/unstable/ast/is';
import { API } from 'typescript/unstable/async';

export const ROOT = resolve(import.meta.dir, '../..');

export interface SourceModule {
  /** From the root of the repository: `src/http/route.ts`. */
  path: string;
  lines: number;
  imports: Import[];
  functions: FunctionSize[];
  /** The lines on which the environment of the process is read. */
  environmentReads: number[];
  /** The lines of literals that are spread into a literal, and of declarations such as `const [a, b] = [x, y]`. */
  packedLines: number[];
  /** The lines of comments that are longer than the formatter lets code be. */
  longComments: number[];
}

export interface Import {
  /** A path from the root of the repository, or the name of a package: `kysely`, `node:fs`. */
  to: string;
  /** Gone when the program runs. */
  typeOnly: boolean;
  /** Loaded when the program comes to it, by `import()`. */
  late: boolean;
}

export interface FunctionSize {
  name: string;
  line: number;
  /** Its lines less those of the functions within it, which are counted by themselves. */
  ownLines: number;
  /** Whether there is a function within what it returns: a table of routes holds none. */
  returnsFunctions: boolean;
}

/** Browser code is checked with browser types. */
const BROWSER = 'src/web/browser';
const CONFIGS = ['tsconfig.json', `${BROWSER}/tsconfig.json`];
const configOf = (path: string) => CONFIGS[path.startsWith(`${BROWSER}/`) ? 1 : 0];

/** Reads our own source with the compiler's parser: every .ts and .tsx file in these folders. */
export async function readSourceTree(...folders: string[]): Promise<SourceModule[]> {
  const paths = folders.flatMap((folder) => [...new Glob(`${folder}/**/*.{ts,tsx}`).scanSync(ROOT)]).sort();
  const api = new API({ cwd: ROOT });
  try {
    const modules: SourceModule[] = [];
    for (const config of CONFIGS) {
      const snapshot = await api.updateSnapshot({ openProject: join(ROOT, config) });
      const project = snapshot.getProjects().find((each) => each.configFileName.endsWith(`/${config}`));
      for (const path of paths.filter((each) => configOf(each) === config)) {
        const file = await project?.program.getSourceFile(join(ROOT, path));
        if (!file) throw new Error(`${path} is not in ${config}: the compiler does not check it`);
        modules.push(readModule(path, file));
      }
    }
    return modules;
  } finally {
    await api.close();
  }
}

function readModule(path: string, file: SourceFile): SourceModule {
  const module: SourceModule = {
    path,
    lines: lineOf(file, file.end),
    imports: [],
    functions: [],
    environmentReads: [],
    packedLines: [],
    longComments: longCommentsOf(file.text),
  };
  const visit = (node: Node) => {
    const found = importOf(node);
    if (found) module.imports.push({ ...found, to: resolveImport(path, found.to) });
    if (isPacked(node)) module.packedLines.push(lineOf(file, node.getStart(file)));
    if (readsEnvironment(node)) module.environmentReads.push(lineOf(file, node.getStart(file)));
    if (isFunction(node)) module.functions.push(sizeOf(file, node));
    node.forEachChild(visit);
  };
  visit(file);
  return module;
}

const lineOf = (file: SourceFile, position: number) => file.getLineAndCharacterOfPosition(position).line + 1;

const resolveImport = (from: string, to: string) => (to.startsWith('.') ? normalize(join(dirname(from), to)) : to);

/** `import`, `export ... from`, `import()` and the type `import('...')`. */
function importOf(node: Node): Import | undefined {
  if (is.isImportDeclaration(node)) {
    const clause = node.importClause;
    const names = clause?.namedBindings;
    const eachIsType =
      !!names && is.isNamedImports(names) && !clause?.name && names.elements.every((element) => element.isTypeOnly);
    return textOf(node.moduleSpecifier, clause?.phaseModifier === SyntaxKind.TypeKeyword || eachIsType);
  }
  if (is.isExportDeclaration(node) && node.moduleSpecifier) return textOf(node.moduleSpecifier, node.isTypeOnly);
  if (is.isCallExpression(node) && node.expression.kind === SyntaxKind.ImportKeyword) {
    return { ...textOf(node.arguments[0], false), late: true };
  }
  if (is.isImportTypeNode(node) && is.isLiteralTypeNode(node.argument)) return textOf(node.argument.literal, true);
  return undefined;
}

function textOf(node: Node | undefined, typeOnly: boolean): Import {
  if (!node || !is.isStringLiteral(node)) throw new Error('an import whose target is not a plain string');
  return { to: node.text, typeOnly, late: false };
}

/** `process.env`, `Bun.env`, `import.meta.env`, and `env` taken out of `node:process`. */
function readsEnvironment(node: Node): boolean {
  if (is.isPropertyAccessExpression(node) && node.name.text === 'env') {
    return ['process', 'Bun', 'import.meta', 'globalThis.process', 'globalThis.Bun'].includes(
      node.expression.getText(),
    );
  }
  return (
    is.isImportDeclaration(node) && /process/.test(node.moduleSpecifier.getText()) && /\benv\b/.test(node.getText())
  );
}

function isFunction(node: Node): boolean {
  return (
    is.isFunctionDeclaration(node) ||
    is.isFunctionExpression(node) ||
    is.isArrowFunction(node) ||
    is.isMethodDeclaration(node) ||
    is.isConstructorDeclaration(node) ||
    is.isGetAccessorDeclaration(node) ||
    is.isSetAccessorDeclaration(node)
  );
}

function sizeOf(file: SourceFile, node: Node): FunctionSize {
  const line = lineOf(file, node.getStart(file));
  let ownLines = lineOf(file, node.end) - line + 1;
  const visit = (child: Node): void => {
    if (isFunction(child)) ownLines -= lineOf(file, child.end) - lineOf(file, child.getStart(file));
    else child.forEachChild(visit);
  };
  node.forEachChild(visit);
  return { name: nameOf(node), line, ownLines, returnsFunctions: returnsFunctions(node) };
}

function returnsFunctions(node: Node): boolean {
  let found = false;
  const visit = (child: Node, returned: boolean): void => {
    if (isFunction(child)) found ||= returned;
    else child.forEachChild((next) => visit(next, returned || is.isReturnStatement(child)));
  };
  node.forEachChild((child) => visit(child, is.isArrowFunction(node) && child === node.body && !is.isBlock(child)));
  return found;
}

/** Code that is written so only to have fewer lines. */
function isPacked(node: Node): boolean {
  if (is.isSpreadElement(node)) return is.isArrayLiteralExpression(node.expression);
  if (is.isSpreadAssignment(node)) return is.isObjectLiteralExpression(node.expression);
  if (!is.isVariableDeclaration(node) || !node.initializer) return false;
  return (
    is.isArrayBindingPattern(node.name) &&
    node.name.elements.length > 1 &&
    is.isArrayLiteralExpression(node.initializer)
  );
}

const COLUMNS = 120;

/** A line that is one word, such as an address, may be longer. */
function longCommentsOf(text: string): number[] {
  return text.split('\n').flatMap((line, index) => {
    const comment = /^\s*(?:\{?\/\*+|\*|\/\/)\s?(.*)$/.exec(line)?.[1];
    return comment !== undefined && line.length > COLUMNS && /\s/.test(comment.trim()) ? [index + 1] : [];
  });
}

/** Its own name, or that of the constant or property it is given to. */
function nameOf(node: Node): string {
  const named = node as Node & { name?: Node };
  if (named.name) return named.name.getText();
  const parent = node.parent as (Node & { name?: Node }) | undefined;
  if (parent && (is.isVariableDeclaration(parent) || is.isPropertyAssignment(parent))) return parent.name.getText();
  return 'anonymous';
}
