import { constants } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { InvalidInputError, type Problem } from '../../lambda/control-loop/errors';
import { type FieldProblem, formatPath } from '../../lambda/control-loop/model/field-problem';
import { findJsonMistake, jsonLines, type TextMistake } from './json-text';
import { readStandardInput } from './standard-input';
import { readYaml } from './yaml-text';

/** A text file and the name under which its author knows it. */
export interface TextFile {
  readonly name: string;
  readonly text: string;
}

/** In place of a path: standard input. */
export const STANDARD_INPUT = '-';

/** Reads a file, or standard input, as UTF-8 text, without a byte order mark; what gzip packed is unpacked. */
export const readTextFile = (path: string, directory: string): TextFile => {
  const name = path === STANDARD_INPUT ? 'standard input' : path;
  let bytes: Uint8Array;
  try {
    bytes = path === STANDARD_INPUT ? readStandardInput() : readFileSync(resolve(directory, path));
  } catch (error) {
    throw new InvalidInputError([{ where: name, given: reasons[errorCode(error)] ?? String(error), expected: 'a file that can be read' }]);
  }
  return textFileOf(name, bytes);
};

/** The first bytes of what gzip packed (RFC 1952, section 2.3.1). */
const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

const textFileOf = (name: string, bytes: Uint8Array): TextFile => {
  const problem = (given: string, expected: string, fix: string) => new InvalidInputError([{ where: name, given, expected, fix }]);
  let plain: Uint8Array;
  try {
    plain = isGzip(bytes) ? gunzipSync(bytes, { maxOutputLength: MAX_STRING_LENGTH }) : bytes;
  } catch (error) {
    if (errorCode(error) === 'ERR_BUFFER_TOO_LARGE') throw problem(TOO_LARGE.given, TOO_LARGE.expected, TOO_LARGE.fix);
    throw problem('a gzip file that is damaged or cut', 'a whole one', 'download it again');
  }
  if (plain.length > MAX_STRING_LENGTH) throw problem(TOO_LARGE.given, TOO_LARGE.expected, TOO_LARGE.fix);
  try {
    return { name, text: new TextDecoder('utf-8', { fatal: true }).decode(plain) };
  } catch {
    throw problem('bytes that are no UTF-8 text', 'a text file', 'save it as UTF-8');
  }
};

const { MAX_STRING_LENGTH } = constants;
const TOO_LARGE = {
  given: `more than ${Math.floor(MAX_STRING_LENGTH / 2 ** 20)} MiB of text`,
  expected: 'files that fit in memory one by one',
  fix: 'split it',
};

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'a file that does not exist',
  ENOTDIR: 'a file that does not exist',
  EISDIR: 'a directory',
  EACCES: 'a file without permission to read it',
};

const errorCode = (error: unknown): string => String((error as { readonly code?: unknown } | null)?.code);

/** A parsed JSON or YAML file that can say on which line a field stands. */
export interface DataFile {
  readonly name: string;
  readonly value: unknown;
  /** The problems of fields of the file, each with file and line. */
  problems(problems: readonly FieldProblem[]): readonly Problem[];
}

/** Parses a file of JSON or YAML: as its name ends, or else as it begins. */
export const parseDataFile = (file: TextFile): DataFile => {
  const { value, lineOf } = isYaml(file) ? parseYaml(file) : parseJson(file);
  return {
    name: file.name,
    value,
    problems: (problems) => problems.map(({ path, ...rest }) => ({ where: `${file.name}:${lineOf(path)}: ${formatPath(path)}`, ...rest })),
  };
};

/** A JSON text is YAML too, but a mistake in it is better found as one in JSON. */
const isYaml = ({ name, text }: TextFile): boolean =>
  /\.ya?ml(\.gz)?$/.test(name) || (!/\.json(\.gz)?$/.test(name) && !/^\s*(?:[[{"]|$)/.test(text));

const parseJson = ({ name, text }: TextFile) => {
  const mistake = findJsonMistake(text);
  if (mistake !== undefined) throw mistakeIn(name, mistake);
  return { value: JSON.parse(text) as unknown, lineOf: jsonLines(text) };
};

const parseYaml = ({ name, text }: TextFile) => {
  const read = readYaml(text);
  if ('mistake' in read) throw mistakeIn(name, read.mistake);
  return read;
};

const mistakeIn = (name: string, { line, ...rest }: TextMistake): InvalidInputError =>
  new InvalidInputError([{ where: `${name}:${line}`, ...rest }]);
