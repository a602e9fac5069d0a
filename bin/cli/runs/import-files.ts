import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readTextFile, type TextFile } from '../../../sim/inputs/text-file';
import { refuse } from '../text/problems';

/** Reads files one after another, when they are asked for: the logs of a day are many. A folder stands for all files below it. */
export function* textFiles(paths: readonly string[], workingDirectory: string): Generator<TextFile> {
  for (const path of paths) {
    if (statSync(resolve(workingDirectory, path), { throwIfNoEntry: false })?.isDirectory()) {
      const below = readdirSync(resolve(workingDirectory, path), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .sort();
      if (below.length === 0) refuse(path, 'a folder without files', 'a file, or a folder with files');
      for (const file of below)
        yield { ...readTextFile(file, workingDirectory), name: join(path, file.slice(resolve(workingDirectory, path).length)) };
    } else yield readTextFile(path, workingDirectory);
  }
}
