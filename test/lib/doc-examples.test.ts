import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import { sourcesIn } from '../support/imports';

/** What an example may use without importing it. */
const PREAMBLE = `
import * as cdk from 'aws-cdk-lib';
import { Duration, Size, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as eks from 'aws-cdk-lib/aws-eks-v2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sns from 'aws-cdk-lib/aws-sns';
`;

const root = resolve(__dirname, '../..');

interface Example {
  /** The type whose documentation it is in, or that of a member. */
  readonly of: string;
  readonly text: string;
}

const parsed = (file: string): ts.SourceFile =>
  ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest, true);

/** The `@example`s in the documentation of classes, interfaces and their members. */
function examplesIn(file: string): Example[] {
  return parsed(file).statements.flatMap((declaration) => {
    if (!ts.isClassDeclaration(declaration) && !ts.isInterfaceDeclaration(declaration)) return [];
    return [declaration, ...declaration.members].flatMap((node) =>
      ts
        .getJSDocTags(node)
        .filter((tag) => tag.tagName.text === 'example')
        .map((tag) => ({ of: declaration.name?.text ?? '', text: ts.getTextOfJSDocComment(tag.comment) ?? '' })),
    );
  });
}

type Declaration = ts.ClassDeclaration | ts.InterfaceDeclaration | ts.EnumDeclaration;

/** The types that the package exports. */
function exportedTypes(): { readonly name: string; readonly isClass: boolean }[] {
  return parsed('lib/index.ts').statements.flatMap((statement) => {
    if (!ts.isExportDeclaration(statement) || !statement.moduleSpecifier || !ts.isStringLiteral(statement.moduleSpecifier)) return [];
    const { exportClause } = statement;
    const listed = exportClause && ts.isNamedExports(exportClause) ? exportClause.elements.map(({ name }) => name.text) : undefined;
    return parsed(join('lib', `${statement.moduleSpecifier.text}.ts`))
      .statements.filter(
        (one): one is Declaration => ts.isClassDeclaration(one) || ts.isInterfaceDeclaration(one) || ts.isEnumDeclaration(one),
      )
      .filter((one) => one.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword))
      .map((one) => ({ name: one.name?.text ?? '', isClass: ts.isClassDeclaration(one) }))
      .filter(({ name }) => listed === undefined || listed.includes(name));
  });
}

/** The file that an example becomes: its declarations on top, the rest in the constructor of a stack. */
function fileOf(example: Example, names: readonly string[]): string {
  const lines = example.text.split('\n');
  const ambient = lines.filter((line) => line.startsWith('declare '));
  const body = lines.filter((line) => !line.startsWith('declare '));
  return [
    PREAMBLE,
    `import { ${names.join(', ')} } from 'cdk-adaptive-inference';`,
    ...ambient,
    'export class Example extends Stack {',
    '  constructor(app: cdk.App) {',
    "    super(app, 'Example');",
    ...body,
    '  }',
    '}',
  ].join('\n');
}

/** Type checks files that exist in memory only; returns what the compiler says of each. */
function check(files: ReadonlyMap<string, string>): Map<string, string[]> {
  const config = ts.getParsedCommandLineOfConfigFile(
    join(root, 'tsconfig.lib.json'),
    // An example need not use all imports, most of which are types.
    { noEmit: true, noUnusedLocals: false, verbatimModuleSyntax: false },
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: ({ messageText }) => expect.fail(String(messageText)) },
  );
  const host = ts.createCompilerHost(config!.options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (file) => files.has(file) || fileExists(file);
  host.getSourceFile = (file, options, ...rest) => {
    const text = files.get(file);
    return text === undefined ? getSourceFile(file, options, ...rest) : ts.createSourceFile(file, text, options);
  };
  const program = ts.createProgram([...files.keys()], config!.options, host);
  return new Map(
    [...files.keys()].map((file) => {
      const source = program.getSourceFile(file)!;
      const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
      return [file, found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))];
    }),
  );
}

describe('the examples in the documentation', () => {
  const types = exportedTypes();
  const examples = sourcesIn(['lib']).flatMap(examplesIn);
  const place = (name: string | number): string => join(root, 'test/lib', `example-${name}.ts`);
  const broken: Example = { of: 'nothing', text: "new AdaptiveInference(this, 'Chat', {});" };
  let complaints: Map<string, string[]>;

  beforeAll(() => {
    const names = types.map(({ name }) => name);
    const files = new Map(examples.map((example, index) => [place(index), fileOf(example, names)]));
    complaints = check(files.set(place('broken'), fileOf(broken, names)));
  });

  it('exist for every public class', () => {
    const shown = new Set(examples.map((example) => example.of));
    expect(types.filter(({ name, isClass }) => isClass && !shown.has(name)).map(({ name }) => name)).toEqual([]);
  });

  it.each(examples.map((example, index) => ({ ...example, index })))('compile: $of, example $index', ({ index }) => {
    expect(complaints.get(place(index))).toEqual([]);
  });

  it('would be found if they did not compile', () => {
    expect(complaints.get(place('broken'))).toEqual([expect.stringContaining('is not assignable')]);
  });
});
