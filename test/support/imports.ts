import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';

/** One import of a module of this repository, or of a package. */
export interface Import {
  /** The importing file, relative to the root. */
  readonly from: string;
  /** The imported file, relative to the root; a package by its specifier. */
  readonly to: string;
  readonly isPackage: boolean;
  /** Whether it vanishes at compilation. */
  readonly typeOnly: boolean;
}

const root = resolve(__dirname, '../..');

/** Every TypeScript file under some folders, relative to the root. */
export const sourcesIn = (folders: readonly string[]): string[] =>
  folders.flatMap((folder) =>
    ts.sys.readDirectory(join(root, folder), ['.ts'], ['**/*.d.ts'], undefined).map((file) => relative(root, file)),
  );

/** The imports and re-exports of a file. */
export function importsOf(file: string): Import[] {
  const source = ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest);
  return source.statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return [];
    const specifier = statement.moduleSpecifier;
    if (specifier === undefined || !ts.isStringLiteral(specifier)) return [];
    const typeOnly = ts.isImportDeclaration(statement) ? isTypeOnly(statement.importClause) : statement.isTypeOnly;
    const target = specifier.text.startsWith('.') ? moduleFile(file, specifier.text) : undefined;
    return [{ from: file, to: target ?? specifier.text, isPackage: target === undefined, typeOnly }];
  });
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const bindings = clause.namedBindings;
  return (
    clause.name === undefined && bindings !== undefined && ts.isNamedImports(bindings) && bindings.elements.every((one) => one.isTypeOnly)
  );
}

function moduleFile(from: string, specifier: string): string {
  const base = resolve(root, dirname(from), specifier);
  const found = [base, `${base}.ts`, join(base, 'index.ts')].find((path) => ts.sys.fileExists(path));
  if (found === undefined) throw new Error(`${from} imports ${specifier}, which does not exist`);
  return relative(root, found);
}

/** A circle in a graph, as the path that returns to its start; undefined if there is none. */
export function circleIn(arrows: ReadonlyMap<string, ReadonlySet<string>>): string[] | undefined {
  const finished = new Set<string>();
  const visit = (node: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    if (finished.has(node)) return undefined;
    for (const next of arrows.get(node) ?? []) {
      const circle = visit(next, [...path, node]);
      if (circle) return circle;
    }
    finished.add(node);
    return undefined;
  };
  for (const node of arrows.keys()) {
    const circle = visit(node, []);
    if (circle) return circle;
  }
  return undefined;
}
