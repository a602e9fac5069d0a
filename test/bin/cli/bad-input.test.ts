import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { policyNames } from '../../../lambda/control-loop/contract/policies';
import { policyNames as simulatedPolicyNames } from '../../../sim/policies/policies';
import { runCommandLine } from '../../support/command-line';

/**
 * The corpus of bad input, `test/corpus/*.case`: a title, the command after `$`, then after `>>> stderr` what it must
 * answer, word for word, and after each `>>> name` a file it finds. A new policy changes no case: the names of policies stand in braces.
 */
const CORPUS = join(__dirname, '../../corpus');

const NAMES: readonly (readonly [text: string, names: string])[] = [
  ['{policies of a fleet}', policyNames.map((name) => `"${name}"`).join(', ')],
  ['{policies of a simulation}', simulatedPolicyNames.join(', ')],
];

interface Case {
  readonly title: string;
  readonly argv: readonly string[];
  readonly stderr: string;
  readonly files: Readonly<Record<string, string>>;
}

const readCase = (name: string): Case => {
  const [head, ...sections] = readFileSync(join(CORPUS, name), 'utf8').split(/^>>> /m);
  const [title, command] = head!.trimEnd().split('\n');
  const contents = sections.map((section): [string, string] => {
    const end = section.indexOf('\n');
    return [section.slice(0, end), section.slice(end + 1)];
  });
  const { stderr, ...files } = Object.fromEntries(contents);
  const answer = NAMES.reduce((text, [placeholder, list]) => text.replaceAll(placeholder, list), stderr!);
  return { title: title!, argv: command!.replace(/^\$ /, '').split(' '), stderr: answer, files };
};

const names = readdirSync(CORPUS).filter((name) => name.endsWith('.case'));

describe('Bad input', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'adaptive-inference-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  it('has a corpus of at least forty cases', () => {
    expect(names.length).toBeGreaterThanOrEqual(40);
  });

  it.each(names)('%s is answered with place, given and expected, exit code 2, and nothing is written', async (name) => {
    const { argv, stderr, files } = readCase(name);
    for (const [file, content] of Object.entries(files)) writeFileSync(join(directory, file), content);

    const outcome = await runCommandLine(argv, { workingDirectory: directory });

    expect(outcome).toEqual({ exitCode: 2, stdout: '', stderr });
    expect(readdirSync(directory).sort()).toEqual(Object.keys(files).sort());
  });
});
