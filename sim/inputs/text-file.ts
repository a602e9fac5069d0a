import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { InvalidInputError, type Problem } from '../../lambda/control-loop/errors';
import { type FieldProblem, formatPath } from '../../lambda/control-loop/model/field-problem';
import { findJsonMistake, jsonLines } from './json-text';

/** A text file and the name under which its author knows it. */
export interface TextFile {
  readonly name: string;
  readonly text: string;
}

/** Reads a file as UTF-8 text, without a byte order mark. */
export const readTextFile = (path: string, directory: string): TextFile => {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(resolve(directory, path));
  } catch (error) {
    throw new InvalidInputError([{ where: path, given: reasons[errorCode(error)] ?? String(error), expected: 'a file that can be read' }]);
  }
  try {
    return { name: path, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    throw new InvalidInputError([{ where: path, given: 'bytes that are no UTF-8 text', expected: 'a text file', fix: 'save it as UTF-8' }]);
  }
};

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'a file that does not exist',
  ENOTDIR: 'a file that does not exist',
  EISDIR: 'a directory',
  EACCES: 'a file without permission to read it',
};

const errorCode = (error: unknown): string => String((error as { readonly code?: unknown } | null)?.code);

/** A parsed JSON file that can say on which line a field stands. */
export interface JsonFile {
  readonly name: string;
  readonly value: unknown;
  /** The problems of fields of the file, each with file and line. */
  problems(problems: readonly FieldProblem[]): readonly Problem[];
}

export const parseJsonFile = ({ name, text }: TextFile): JsonFile => {
  const mistake = findJsonMistake(text);
  if (mistake !== undefined) {
    const { line, ...rest } = mistake;
    throw new InvalidInputError([{ where: `${name}:${line}`, ...rest }]);
  }
  const lineOf = jsonLines(text);
  return {
    name,
    value: JSON.parse(text) as unknown,
    problems: (problems) => problems.map(({ path, ...rest }) => ({ where: `${name}:${lineOf(path)}: ${formatPath(path)}`, ...rest })),
  };
};
