import { closeSync, openSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { refuse } from '../text/problems';

/** A file that is written whole or not at all. */
export interface OutputFile {
  readonly name: string;
  write(text: string): void;
}

/**
 * Checks, before any work is done, that a file can be written.
 * It is written under a temporary name and renamed, so that nobody reads half of it.
 */
export const outputFile = (name: string, workingDirectory: string, inputs: readonly string[] = []): OutputFile => {
  const path = resolve(workingDirectory, name);
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  if (name === '') refuse('--out', 'nothing', 'the path of a file');
  if (inputs.some((input) => resolve(workingDirectory, input) === path)) {
    refuse('--out', JSON.stringify(name), 'a file that is not an input of the run');
  }
  if (isDirectory(path)) refuse('--out', `${JSON.stringify(name)}, a directory`, 'the path of a file', `${join(name, 'report.html')}?`);
  if (!isDirectory(dirname(path))) {
    refuse('--out', JSON.stringify(name), `a file in a directory that exists`, `create ${dirname(name)} first`);
  }
  try {
    closeSync(openSync(temporary, 'w'));
    rmSync(temporary);
  } catch (error) {
    refuse('--out', `${JSON.stringify(name)} (${codeOf(error)})`, 'a file that can be written');
  }
  return {
    name,
    write(text) {
      try {
        writeFileSync(temporary, text);
        renameSync(temporary, path);
      } catch (error) {
        rmSync(temporary, { force: true });
        throw new Error(`${name} could not be written (${codeOf(error)})`, { cause: error });
      }
    },
  };
};

const isDirectory = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

const codeOf = (error: unknown): string => String((error as { readonly code?: unknown } | null)?.code ?? error);
