import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { shown } from '../../../lambda/control-loop/model/field-problem';
import type { Io } from '../text/io';
import { refuse } from '../text/problems';

/** One entry of a kubeconfig, with the directory of its file: paths in it are relative to that. */
export interface Entry {
  /** For messages, for example `/home/ada/.kube/config: users[ada]`. */
  readonly where: string;
  readonly directory: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The kubeconfig files merged. */
export interface Kubeconfig {
  /** The files that were read, for messages. */
  readonly source: string;
  readonly currentContext?: string;
  readonly contexts: ReadonlyMap<string, Entry>;
  readonly clusters: ReadonlyMap<string, Entry>;
  readonly users: ReadonlyMap<string, Entry>;
}

const LISTS = { contexts: 'context', clusters: 'cluster', users: 'user' } as const;

/**
 * Reads the kubeconfig as kubectl does: only the file of `--kubeconfig`; else all files of KUBECONFIG, where the first to define
 * something wins; else `~/.kube/config` (Kubernetes documentation, "Organizing Cluster Access Using kubeconfig Files").
 */
export const readKubeconfig = async (flag: string | undefined, io: Pick<Io, 'environment' | 'workingDirectory'>): Promise<Kubeconfig> => {
  // Takes longer to load than all the rest of the command line, and only these commands need it.
  const yaml = await import('yaml');
  const { names, isListed } = kubeconfigNames(flag, io);
  const found = names.flatMap((name) => {
    const path = resolve(io.workingDirectory, name);
    const text = readText(path, isListed);
    return text === undefined ? [] : [{ path, document: documentOf(path, text, yaml) }];
  });
  if (found.length === 0) {
    refuse(isListed ? 'KUBECONFIG' : names.join(), `no file at ${names.join(', ')}`, 'a kubeconfig', HOW_TO_GET_ONE);
  }
  const kubeconfig = {
    contexts: new Map<string, Entry>(),
    clusters: new Map<string, Entry>(),
    users: new Map<string, Entry>(),
  };
  let currentContext: string | undefined;
  for (const { path, document } of found) {
    const current = document['current-context'];
    if (currentContext === undefined && typeof current === 'string' && current !== '') currentContext = current;
    for (const [list, kind] of Object.entries(LISTS) as ['contexts' | 'clusters' | 'users', string][]) {
      for (const [name, entry] of entriesOf(path, document, list, kind)) if (!kubeconfig[list].has(name)) kubeconfig[list].set(name, entry);
    }
  }
  return { ...kubeconfig, source: found.map(({ path }) => path).join(', '), ...(currentContext === undefined ? {} : { currentContext }) };
};

const HOW_TO_GET_ONE = 'create one with `aws eks update-kubeconfig --name <cluster>`, or name one with --kubeconfig';

const kubeconfigNames = (
  flag: string | undefined,
  { environment }: Pick<Io, 'environment'>,
): { readonly names: readonly string[]; readonly isListed: boolean } => {
  if (flag !== undefined) return { names: [flag], isListed: false };
  const listed = (environment.KUBECONFIG ?? '').split(delimiter).filter((name) => name !== '');
  if (listed.length > 0) return { names: listed, isListed: true };
  return { names: [join(environment.HOME ?? environment.USERPROFILE ?? homedir(), '.kube', 'config')], isListed: false };
};

/** The text of a file; in a list, missing files are skipped. */
const readText = (path: string, isListed: boolean): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return isListed ? undefined : refuse(path, 'no file there', 'a kubeconfig', HOW_TO_GET_ONE);
    return refuse(path, `a file that cannot be read (${code})`, 'a kubeconfig');
  }
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const documentOf = (path: string, text: string, { parse, YAMLError }: typeof import('yaml')): Readonly<Record<string, unknown>> => {
  let document: unknown;
  try {
    document = parse(text, { logLevel: 'error' });
  } catch (error) {
    const line = error instanceof YAMLError ? error.linePos?.[0].line : undefined;
    const said = error instanceof Error ? error.message.split('\n')[0]!.replace(/ at line \d+, column \d+:?$/, '') : String(error);
    return refuse(line === undefined ? path : `${path}:${line}`, `invalid YAML: ${said}`, 'a kubeconfig in YAML or JSON');
  }
  // kubectl leaves an empty file after its last entry was deleted.
  if (document === null || document === undefined) return {};
  return isRecord(document) ? document : refuse(path, shown(document), 'a kubeconfig: an object with clusters, users and contexts');
};

const entriesOf = (
  path: string,
  document: Readonly<Record<string, unknown>>,
  list: keyof typeof LISTS,
  kind: string,
): readonly (readonly [string, Entry])[] => {
  const entries = document[list];
  if (entries === undefined || entries === null) return [];
  if (!Array.isArray(entries)) return refuse(`${path}: ${list}`, shown(entries), `a list of named ${list}`);
  return entries.map((entry: unknown, index) => {
    if (!isRecord(entry) || typeof entry.name !== 'string') {
      return refuse(`${path}: ${list}[${index}]`, shown(entry), `an object with a name and a ${kind}`);
    }
    const body = entry[kind] ?? {};
    if (!isRecord(body)) return refuse(`${path}: ${list}[${entry.name}].${kind}`, shown(body), 'an object');
    return [entry.name, { where: `${path}: ${list}[${entry.name}]`, directory: dirname(path), body }];
  });
};
