// Ends what a test bed started when its owner is gone, however it went: the owner holds the other end of stdin.
// Lines: `+ PID`, `- PID`, `remove PATH`. A process is ended only if it still is the one that was started.
// `sweep {kubectl, kubeconfig, journal, seconds}` has what a journal holds, an object a line, removed from a cluster; `sweep null` has not.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';

const processes = new Map();
const paths = new Set();
let sweeping = null;

const startOf = (pid) => {
  try {
    // After the name, which may hold spaces: field 22 of the line is the start time.
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').pop().split(' ')[19];
  } catch {
    return '';
  }
};

const signal = (pid, start, name) => {
  if (start !== '' && startOf(pid) !== start) return false;
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false;
  }
};

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => {});

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const [word, ...rest] = line.split(' ');
  if (word === '+') processes.set(Number(rest[0]), startOf(Number(rest[0])));
  else if (word === '-') processes.delete(Number(rest[0]));
  else if (word === 'remove') paths.add(rest.join(' '));
  else if (word === 'sweep') sweeping = JSON.parse(rest.join(' '));
});
lines.on('close', async () => {
  for (const [pid, start] of processes) signal(pid, start, 'SIGTERM');
  for (let waited = 0; waited < 50 && [...processes].some(([pid, start]) => signal(pid, start, 0)); waited += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  for (const [pid, start] of processes) signal(pid, start, 'SIGKILL');
  for (const path of paths) rmSync(path, { recursive: true, force: true });
  if (sweeping !== null && existsSync(sweeping.journal)) sweep(sweeping);
});

const sweep = ({ kubectl, kubeconfig, journal, seconds }) => {
  const lines = readFileSync(journal, 'utf8').trim().split('\n').reverse();
  tell(`cut short: removing ${lines.length} objects from the given cluster`);
  const args = ['delete', '--ignore-not-found', '--wait', `--timeout=${seconds}s`, '--filename', '-'];
  const env = { ...process.env, KUBECONFIG: kubeconfig };
  const { status } = spawnSync(kubectl, args, { env, input: lines.join('\n'), stdio: ['pipe', 'ignore', 'inherit'] });
  if (status === 0) rmSync(journal, { force: true });
  tell(status === 0 ? 'removed' : `some may be left: kubectl delete --ignore-not-found --filename ${journal}`);
};

// Whoever reads may be gone too.
process.stderr.on('error', () => {});
const tell = (line) => process.stderr.write(`[e2e] ${line}\n`);
