// Ends what a test bed started when its owner is gone, however it went: the owner holds the other end of stdin.
// Lines: `+ PID`, `- PID`, `remove PATH`. A process is ended only if it still is the one that was started.
import { readFileSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';

const processes = new Map();
const paths = new Set();

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
});
lines.on('close', async () => {
  for (const [pid, start] of processes) signal(pid, start, 'SIGTERM');
  for (let waited = 0; waited < 50 && [...processes].some(([pid, start]) => signal(pid, start, 0)); waited += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  for (const [pid, start] of processes) signal(pid, start, 'SIGKILL');
  for (const path of paths) rmSync(path, { recursive: true, force: true });
});
