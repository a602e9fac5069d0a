import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { KubernetesObject } from '../../../lambda/control-loop/ports';
import type { Api } from './api';
import type { Kubectl } from './kubectl';
import { createLedger, journalFile } from './ledger';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ledger-'));
  vi.stubEnv('CDK_ADAPTIVE_INFERENCE_CACHE', folder);
  vi.stubEnv('KUBECONFIG', '/home/ada/.kube/config');
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

const object = (kind: string, name: string): KubernetesObject => ({ apiVersion: 'v1', kind, metadata: { name, namespace: 'default' } });

const titleOf = ({ kind, metadata }: KubernetesObject): string => `${kind}/${metadata.name}`;

/** A cluster that holds some objects already; of those that stay a deletion does not get rid. */
const clusterWith = (present: readonly string[], staying: readonly string[] = []) => {
  const holds = new Set(present);
  const deleted: string[] = [];
  const attempt: Kubectl['attempt'] = async ([verb = '', ...options], input) => {
    const given = [input].flat() as KubernetesObject[];
    if (verb === 'delete') {
      for (const title of given.map(titleOf)) {
        deleted.push(title);
        if (!staying.includes(title)) holds.delete(title);
      }
      return staying.length > 0 ? { code: 1, stdout: '', stderr: 'timed out' } : { code: 0, stdout: '', stderr: '' };
    }
    const [title = ''] = given.map(titleOf);
    if (verb === 'get') return { code: 0, stdout: holds.has(title) ? `${title}\n` : '', stderr: '' };
    if (holds.has(title) && verb === 'create') return { code: 1, stdout: '', stderr: 'AlreadyExists' };
    if (options.includes('--dry-run=server')) return { code: 0, stdout: `${title} created (server dry run)\n`, stderr: '' };
    const isNew = !holds.has(title);
    holds.add(title);
    return { code: 0, stdout: `${title} ${isNew ? 'created' : 'configured'}\n`, stderr: '' };
  };
  const run = async (args: readonly string[], input?: unknown): Promise<string> => (await attempt(args, input)).stdout;
  return { holds, deleted, kubectl: Object.assign(run, { attempt, path: '' }) };
};

const journal = (): readonly string[] =>
  existsSync(journalFile())
    ? readFileSync(journalFile(), 'utf8')
        .trim()
        .split('\n')
        .map((line) => titleOf(JSON.parse(line)))
    : [];

describe('the ledger of a given cluster', () => {
  it('removes what was created, the youngest first, and then has nothing written down', async () => {
    const { kubectl, deleted, holds } = clusterWith(['NodePool/theirs']);
    const ledger = createLedger(kubectl);
    await ledger.kubectl(['create', '-f', '-'], object('EC2NodeClass', 'a'));
    await ledger.kubectl(['create', '-f', '-'], [object('NodePool', 'a'), object('Deployment', 'b')]);
    expect(journal()).toEqual(['EC2NodeClass/a', 'NodePool/a', 'Deployment/b']);
    await ledger.remove();
    expect(deleted).toEqual(['Deployment/b', 'NodePool/a', 'EC2NodeClass/a']);
    expect([...holds]).toEqual(['NodePool/theirs']);
    expect(existsSync(journalFile())).toBe(false);
  });

  it('removes nothing that was there before, though another object of its name and command was created', async () => {
    const { kubectl, holds } = clusterWith(['ClusterRoleBinding/wider', 'Service/theirs']);
    const ledger = createLedger(kubectl);
    const made = await ledger.kubectl.attempt(
      ['create', '-f', '-'],
      [object('ClusterRole', 'wider'), object('ClusterRoleBinding', 'wider')],
    );
    expect(made).toMatchObject({ code: 1, stderr: 'AlreadyExists' });
    await ledger.kubectl(['apply', '-f', '-'], object('Service', 'theirs'));
    await ledger.remove();
    expect([...holds].sort()).toEqual(['ClusterRoleBinding/wider', 'Service/theirs']);
  });

  it('takes a rehearsal for none', async () => {
    const { kubectl, deleted } = clusterWith([]);
    const ledger = createLedger(kubectl);
    await ledger.kubectl(['create', '--dry-run=server', '-f', '-'], object('NodePool', 'a'));
    await ledger.remove();
    expect(deleted).toEqual([]);
  });

  it('remembers what the client creates, with its kind', async () => {
    const { kubectl, deleted } = clusterWith([]);
    const ledger = createLedger(kubectl);
    const api = ledger.api({ create: async (_, made) => made } as Api);
    await api.create({ group: 'apps', version: 'v1', plural: 'deployments', kind: 'Deployment' }, { metadata: { name: 'chat' } });
    expect(JSON.parse(readFileSync(journalFile(), 'utf8'))).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'chat' },
    });
    await ledger.remove();
    expect(deleted).toEqual(['Deployment/chat']);
  });

  it('names what stays, and keeps it written down', async () => {
    const { kubectl } = clusterWith([], ['NodePool/a']);
    const ledger = createLedger(kubectl);
    await ledger.kubectl(['create', '-f', '-'], [object('EC2NodeClass', 'a'), object('NodePool', 'a')]);
    await expect(ledger.remove()).rejects.toThrow(/could not all be removed from the given cluster: v1 NodePool default a \(timed out\)/);
    expect(journal()).toEqual(['NodePool/a']);
  });
});

describe('the guard of a run on a given cluster', () => {
  const guard = async (exitCode: number, lastLines: readonly string[]) => {
    const program = join(folder, 'kubectl');
    writeFileSync(program, `#!/bin/sh\necho "$KUBECONFIG $*" > ${folder}/called\ncat >> ${folder}/called\nexit ${exitCode}\n`);
    chmodSync(program, 0o755);
    writeFileSync(journalFile(), [object('NodePool', 'a'), object('Deployment', 'b')].map((one) => `${JSON.stringify(one)}\n`).join(''));
    const child = spawn(process.execPath, [join(import.meta.dirname, 'guard.mjs')], { stdio: ['pipe', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
    });
    const order = { kubectl: program, kubeconfig: '/home/ada/.kube/config', journal: journalFile(), seconds: 7 };
    child.stdin.end([`sweep ${JSON.stringify(order)}`, ...lastLines].map((line) => `${line}\n`).join(''));
    await once(child, 'close');
    const called = join(folder, 'called');
    return { said, called: existsSync(called) ? readFileSync(called, 'utf8').trim().split('\n') : [] };
  };

  it('removes what is written down, the youngest first, when the run is cut short', async () => {
    const { said, called } = await guard(0, []);
    expect(called[0]).toBe('/home/ada/.kube/config delete --ignore-not-found --wait --timeout=7s --filename -');
    expect(called.slice(1).map((line) => titleOf(JSON.parse(line)))).toEqual(['Deployment/b', 'NodePool/a']);
    expect(said).toMatch(/cut short: removing 2 objects[\s\S]*removed/);
    expect(existsSync(journalFile())).toBe(false);
  });

  it('says what to do where it could not, and keeps it written down', async () => {
    const { said } = await guard(1, []);
    expect(said).toContain(`kubectl delete --ignore-not-found --filename ${journalFile()}`);
    expect(journal()).toEqual(['NodePool/a', 'Deployment/b']);
  });

  it('does nothing at the end of a run that came to its end', async () => {
    expect(await guard(0, ['sweep null'])).toEqual({ said: '', called: [] });
    expect(journal()).toHaveLength(2);
  });
});
