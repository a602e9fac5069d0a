import type { FieldPath } from '../../lambda/control-loop/model/field-problem';

/**
 * Where things are in a JSON text. `JSON.parse` builds the values; it does not say on which line a field stands,
 * words its errors differently from one Node version to the next, and silently takes the second of two equal fields.
 */

/** The first thing that makes a text no JSON or YAML, or a field that is written twice. */
export interface TextMistake {
  readonly line: number;
  readonly given: string;
  readonly expected: string;
  readonly fix?: string;
}

/** The first mistake in a JSON text, if there is one. */
export const findJsonMistake = (text: string): TextMistake | undefined => {
  try {
    scan(text, () => {});
    return undefined;
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    // What is missing at the end of the file is missing on its last line, not on the empty one after it.
    return { line: lineAt(text, Math.min(error.offset, text.trimEnd().length)), ...error.found };
  }
};

/** Finds the line (from 1) of a field of a valid JSON text; of the nearest field around it where it is not there. */
export const jsonLines = (text: string): ((path: FieldPath) => number) => {
  let offsets: Map<string, number> | undefined;
  return (path) => {
    if (offsets === undefined) {
      const found = new Map<string, number>();
      scan(text, (at, offset) => found.set(keyOf(at), offset));
      offsets = found;
    }
    for (let length = path.length; length >= 0; length--) {
      const offset = offsets.get(keyOf(path.slice(0, length)));
      if (offset !== undefined) return lineAt(text, offset);
    }
    return 1;
  };
};

const DEEPEST = 100;

class Mistake extends Error {
  constructor(
    readonly offset: number,
    readonly found: Omit<TextMistake, 'line'>,
  ) {
    super();
  }
}

const keyOf = (path: FieldPath): string => JSON.stringify(path);

const lineAt = (text: string, offset: number): number => {
  let line = 1;
  for (let index = text.indexOf('\n'); index !== -1 && index < offset; index = text.indexOf('\n', index + 1)) line++;
  return line;
};

const STRING = /"[^"\\\n]*(?:\\.[^"\\\n]*)*"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;
const SPACE = /[ \t\n\r]*/y;

/** Walks a JSON text by the grammar of RFC 8259; `visit` gets the path of each value and where its name, or it, begins. */
const scan = (text: string, visit: (path: FieldPath, offset: number) => void): void => {
  let at = 0;
  const path: (string | number)[] = [];

  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };
  const fail = (expected: string, fix?: string): never => {
    throw new Mistake(at, { given: givenAt(text, at), expected, ...(fix === undefined ? {} : { fix }) });
  };
  const take = (character: string): boolean => {
    match(SPACE);
    if (text[at] !== character) return false;
    at++;
    match(SPACE);
    return true;
  };

  const value = (): void => {
    if (path.length > DEEPEST) fail(`at most ${DEEPEST} levels`);
    if (take('{')) object();
    else if (take('[')) array();
    else if (text[at] === '"') string('a JSON value');
    else if ((match(NUMBER) ?? match(WORD)) === undefined) fail('a JSON value');
    // A number that stops early, such as 01 or 1.5.2, leaves its rest behind.
    else if (/[\w.+"-]/.test(text[at] ?? ' ')) fail('the end of the value before it');
  };

  const string = (expected: string, fix?: string): string => {
    const start = at;
    const quoted = match(STRING);
    if (quoted === undefined) return fail(text[at] === '"' ? 'text that ends with a double quote on its line' : expected, fix);
    try {
      return JSON.parse(quoted) as string;
    } catch {
      at = start;
      return fail('text with its backslashes and control characters escaped', 'write \\\\ for a backslash and \\t for a tab');
    }
  };

  const object = (): void => {
    if (take('}')) return;
    const firstAt = new Map<string, number>();
    do {
      const start = at;
      const name = string('a field name in double quotes', text[at] === '}' ? 'remove the comma before it' : undefined);
      const first = firstAt.get(name);
      if (first !== undefined) {
        throw new Mistake(start, {
          given: `field ${JSON.stringify(name)} again, first on line ${lineAt(text, first)}`,
          expected: 'each field once',
        });
      }
      firstAt.set(name, start);
      if (!take(':')) fail('":" after the field name');
      path.push(name);
      visit(path, start);
      value();
      path.pop();
    } while (take(','));
    if (!take('}')) fail('"," or "}" after a field');
  };

  const array = (): void => {
    if (take(']')) return;
    let index = 0;
    do {
      if (index > 0 && text[at] === ']') fail('a JSON value', 'remove the comma before it');
      path.push(index);
      visit(path, at);
      value();
      path.pop();
      index++;
    } while (take(','));
    if (!take(']')) fail('"," or "]" after an entry');
  };

  match(SPACE);
  visit(path, at);
  value();
  match(SPACE);
  if (at < text.length) fail('the end of the file');
};

/** What stands at a place of a text, for a message. */
export const givenAt = (text: string, at: number): string => {
  if (at >= text.length) return 'the end of the file';
  const rest = /^[^\n]{1,20}/.exec(text.slice(at, at + 20))?.[0].trim();
  return rest === undefined || rest === '' ? 'the end of the line' : JSON.stringify(rest);
};
