import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLError } from 'yaml';
import type { FieldPath } from '../../lambda/control-loop/model/field-problem';
import { givenAt, type TextMistake } from './json-text';

/** A text that is YAML 1.2 (https://yaml.org/spec/1.2.2/), and where its fields stand. */
interface YamlText {
  readonly value: unknown;
  /** The line (from 1) of a field; of the nearest field around it where it is not there. */
  lineOf(path: FieldPath): number;
}

/** Reads a YAML text of one document, or says what is wrong first. */
export const readYaml = (text: string): YamlText | { readonly mistake: TextMistake } => {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true, logLevel: 'error' });
  const [error] = document.errors;
  if (error !== undefined) return { mistake: mistakeOf(error, text, lines) };
  try {
    const value: unknown = document.toJS();
    return { value, lineOf: (path) => lines.linePos(offsetOf(document, path)).line };
  } catch (cause) {
    // More uses of anchors than a file of this size has a reason for.
    if (!(cause instanceof ReferenceError)) throw cause;
    return { mistake: { line: 1, given: 'too many uses of anchors', expected: 'values that are written out' } };
  }
};

const offsetOf = (document: ReturnType<typeof parseDocument>, path: FieldPath): number => {
  let node = document.contents as Node | null;
  let offset = node?.range?.[0] ?? 0;
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document) ?? null;
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
      if (pair === undefined) return offset;
      offset = (pair.key as Node).range?.[0] ?? offset;
      node = pair.value as Node | null;
    } else if (isSeq(node) && node.items[Number(step)] !== undefined) {
      node = node.items[Number(step)] as Node;
      offset = node.range?.[0] ?? offset;
    } else {
      return offset;
    }
  }
  return offset;
};

const mistakeOf = ({ code, message, pos: [offset] }: YAMLError, text: string, lines: LineCounter): TextMistake => {
  const { line } = lines.linePos(Math.min(offset, text.trimEnd().length));
  const given = givenAt(text, offset);
  if (code === 'DUPLICATE_KEY') return { line, given: `field ${given} again`, expected: 'each field once' };
  if (code === 'TAB_AS_INDENT') return { line, given: 'a tab', expected: 'blanks to indent with' };
  if (code === 'MULTIPLE_DOCS') return { line, given: 'a second document after ---', expected: 'one document', fix: 'split the file' };
  return { line, given: `${given}: ${message}`, expected: 'YAML' };
};
