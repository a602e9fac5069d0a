import { describe, expect, it } from 'vitest';
import { shell } from './live-cluster';

const EXIT_CODES = 'Exit codes: 0 done, 1 cluster unreachable or request refused, 2 invalid input or not found\n';

describe('the help of the commands for live clusters', () => {
  it.each(['status', 'explain', 'pause', 'resume', 'override', 'adopt'])(
    '%s lists options as kubectl has them, examples and exit codes',
    async (command) => {
      const { exitCode, stdout, stderr } = await shell().run(`${command} --help`);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect(stdout).toMatch(new RegExp(`^Usage: npx cdk-adaptive-inference ${command} \\[options\\] `));
      for (const option of ['--kubeconfig <file>', '--context <name>', '-n, --namespace <name>', '--json'])
        expect(stdout).toContain(option);
      expect(stdout).toContain(`  $ npx cdk-adaptive-inference ${command} `);
      expect(stdout).toContain('--kubeconfig, else the files in KUBECONFIG, else ~/.kube/config.\n');
      expect(stdout.endsWith(EXIT_CODES)).toBe(true);
    },
  );

  it('override lists its fields', async () => {
    const { stdout } = await shell().run('override --help');
    for (const field of ['floor/<unit>', 'target/<unit>', 'share/<unit>', 'weight/<pool>', 'limit/<pool>', 'strategy']) {
      expect(stdout).toContain(`\n  ${field} `);
    }
  });

  it('the program lists the commands and the exit codes of all of them', async () => {
    const { stdout } = await shell().run('--help');
    for (const command of ['status', 'explain', 'pause', 'resume', 'override', 'adopt'])
      expect(stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'));
    expect(stdout).toContain(
      'Exit codes: 0 done, 1 objective missed (only with --fail-below) or cluster unreachable, 2 invalid input or not found',
    );
  });

  it.each([
    ['status chat -A', 'error --all-namespaces\n  given     together with a fleet\n  expected  one of the two\n'],
    ['explain', "error: missing required argument 'fleet'\n"],
    ['statsu', "error: unknown command 'statsu'\n(Did you mean status?)\n"],
  ])('%s is answered with what is wrong', async (command, stderr) => {
    expect(await shell().run(command)).toEqual({ exitCode: 2, stdout: '', stderr });
  });
});
