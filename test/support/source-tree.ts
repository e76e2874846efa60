import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import {
  isCallExpression,
  isExportDeclaration,
  isFunctionLikeDeclaration,
  isIdentifier,
  isImportDeclaration,
  isImportTypeNode,
  isLiteralTypeNode,
  isStringLiteralLikeNode,
  type Node,
  type SourceFile as ParsedFile,
  SyntaxKind,
} from 'typescript/unstable/ast';
import { API } from 'typescript/unstable/sync';

/** `type` leaves no trace at run time; `lazy` is an `import()` call. */
export interface Import {
  from: string;
  kind: 'static' | 'type' | 'lazy';
}

/** What the compiler saw in one file. The path is relative to the root of the repository. */
export interface SourceFile {
  path: string;
  text: string;
  imports: Import[];
  /** Texts in quotes, the names in imports not among them. */
  strings: string[];
  functions: { line: number; lines: number }[];
}

export const root = join(import.meta.dirname, '..', '..');

/** All files of the repository that git tracks or would track. */
export function repositoryFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
  const deleted = execFileSync('git', ['ls-files', '-z', '--deleted'], { cwd: root });
  const gone = new Set(deleted.toString().split('\0'));
  return listed
    .toString()
    .split('\0')
    .filter(path => path !== '' && !gone.has(path));
}

export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** The TypeScript files of the repository, parsed by the compiler itself. */
export function parsedSources(): SourceFile[] {
  const api = new API({ cwd: root });
  try {
    const [project] = api.updateSnapshot({ openProjects: [join(root, 'tsconfig.json')] }).getProjects();
    if (project === undefined) throw new Error('tsconfig.json holds no project');
    return project.rootFiles.flatMap(name => {
      const file = project.program.getSourceFile(name);
      return file === undefined ? [] : [describeFile(relative(root, name), file)];
    });
  } finally {
    api.close();
  }
}

function describeFile(path: string, file: ParsedFile): SourceFile {
  const described: SourceFile = { path, text: file.text, imports: [], strings: [], functions: [] };
  const visit = (node: Node): void => {
    const found = importIn(node);
    if (found) described.imports.push(found);
    else if (isStringLiteralLikeNode(node)) described.strings.push(node.text);
    else if (isFunctionLikeDeclaration(node) && !isSuite(node.parent)) described.functions.push(extent(node, file));
    // The name of a declared import is no string of the program.
    if (found && found.kind !== 'lazy') return;
    node.forEachChild(visit);
  };
  file.forEachChild(visit);
  return described;
}

function importIn(node: Node): Import | undefined {
  if (isImportDeclaration(node)) {
    const kind = node.importClause?.phaseModifier === SyntaxKind.TypeKeyword ? 'type' : 'static';
    return imported(node.moduleSpecifier, kind);
  }
  if (isExportDeclaration(node)) return imported(node.moduleSpecifier, node.isTypeOnly ? 'type' : 'static');
  if (isImportTypeNode(node) && isLiteralTypeNode(node.argument)) return imported(node.argument.literal, 'type');
  if (isCallExpression(node) && node.expression.kind === SyntaxKind.ImportKeyword)
    return imported(node.arguments[0], 'lazy');
  return undefined;
}

function imported(specifier: Node | undefined, kind: Import['kind']): Import | undefined {
  return specifier && isStringLiteralLikeNode(specifier) ? { from: specifier.text, kind } : undefined;
}

/** The function given to `describe` holds tests as a folder holds files: it is no function to be kept short. */
function isSuite(node: Node): boolean {
  return isCallExpression(node) && isIdentifier(node.expression) && /^(describe|suite)$/.test(node.expression.text);
}

function extent(node: Node, file: ParsedFile): { line: number; lines: number } {
  const first = file.getLineAndCharacterOfPosition(node.getStart(file)).line;
  const last = file.getLineAndCharacterOfPosition(node.end).line;
  return { line: first + 1, lines: last - first + 1 };
}
