import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { takePorts } from '../cluster/free-ports';
import { ensureModules } from '../cluster/modules';
import { startKwok } from '../cluster/node-agents';
import type { TestBed } from '../cluster/test-bed';

/** From now on a pod becomes ready so many seconds after it is bound: image and model are loaded meanwhile. */
export const delayPods = async (bed: TestBed, seconds: number): Promise<void> => {
  const { kwok: folder = '' } = await ensureModules(['kwok']);
  const own = join(bed.processes.folder, 'kwok-with-delay');
  mkdirSync(own);
  symlinkSync(join(folder, 'bin'), join(own, 'bin'));
  cpSync(join(folder, 'stages'), join(own, 'stages'), { recursive: true });
  const file = join(own, 'stages', 'pod', 'fast', 'pod-ready.yaml');
  const stage = readFileSync(file, 'utf8');
  const delayed = stage.replace('\n  next:\n', `\n  delay:\n    durationMilliseconds: ${Math.round(seconds * 1000)}\n  next:\n`);
  if (delayed === stage) throw new Error(`${file}: expected a stage with spec.next`);
  writeFileSync(file, delayed);
  const { ports, files } = await takePorts(1);
  files.forEach(bed.processes.removeAtEnd);
  await bed.kwok.stop();
  startKwok(bed.processes, own, bed.controlPlane, ports[0] ?? 0);
};
