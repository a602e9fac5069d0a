import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type FleetSpecInput, validateFleetObject, validateFleetSpec } from '../../../lambda/control-loop/api';
import { resources } from '../../../lambda/control-loop/contract/names';
import { InvalidInputError } from '../../../lambda/control-loop/errors';
import { type FieldPath, under } from '../../../lambda/control-loop/model/field-problem';
import type { NamedFleet } from '../../../sim/inputs/new-scenario';
import { type DataFile, parseDataFile, readTextFile } from '../../../sim/inputs/text-file';
import { refuse } from '../text/problems';

const { kind } = resources.inferenceFleets;

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The fleets of a file: an InferenceFleet, a list with some, or the spec alone. Throws `InvalidInputError` with what is wrong with them. */
export const fleetsInFile = (path: string, workingDirectory: string): readonly NamedFleet[] => {
  const file = parseDataFile(readTextFile(path, workingDirectory));
  const { value } = file;
  const fields = isFields(value) ? value : {};
  if (fields.objective !== undefined && fields.units !== undefined) return [specOf(file, fields)];
  if (fields.fleet !== undefined && fields.clients !== undefined) {
    return refuse(file.name, 'a scenario', `an ${kind}`, `it is what init writes: simulate ${path}`);
  }
  const listed: readonly (readonly [FieldPath, unknown])[] = Array.isArray(value)
    ? value.map((item, index) => [[index], item] as const)
    : Array.isArray(fields.items)
      ? fields.items.map((item, index) => [['items', index], item] as const)
      : [[[], value]];
  const own = listed.filter(([, item]) => isFields(item) && item.kind === kind);
  if (own.length === 0) {
    const kinds = [...new Set(listed.flatMap(([, item]) => (isFields(item) && typeof item.kind === 'string' ? [item.kind] : [])))];
    refuse(
      `${file.name}:1`,
      kinds.length === 0 ? 'no object of Kubernetes' : `objects of kind ${kinds.join(', ')}`,
      `an ${kind}, a list with one, or its spec`,
      'kubectl get inferencefleets -o yaml prints one',
    );
  }
  return own.map(([at, item]) => fleetOf(file, at, item));
};

const fleetOf = (file: DataFile, at: FieldPath, item: unknown): NamedFleet => {
  const validated = validateFleetObject(item);
  if (!validated.ok) throw new InvalidInputError(file.problems(under(at, validated.problems)));
  return { name: validated.value.name, spec: (item as { readonly spec: FleetSpecInput }).spec };
};

const specOf = (file: DataFile, spec: Fields): NamedFleet => {
  const validated = validateFleetSpec(spec);
  if (!validated.ok) throw new InvalidInputError(file.problems(validated.problems));
  return { name: 'my-fleet', spec: spec as unknown as FleetSpecInput };
};

/** Where CDK's kubectl provider gets what it applies. */
const MANIFEST_TYPE = 'Custom::AWSCDK-EKS-KubernetesResource';

/** The fleets of a synthesized CDK app, in all of its stacks. */
export const fleetsInCdk = (folder: string, workingDirectory: string): readonly NamedFleet[] => {
  const root = resolve(workingDirectory, folder);
  if (!existsSync(root)) refuse('--from-cdk', JSON.stringify(folder), 'the folder of a synthesized app', 'npx cdk synth -q writes cdk.out');
  const templates = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.template.json'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const fleets = templates.flatMap((path) => fleetsInTemplate(path.slice(root.length + 1), readFileSync(path, 'utf8')));
  if (fleets.length === 0) {
    refuse(
      '--from-cdk',
      `${folder}, with ${templates.length} templates and no ${kind}`,
      `a synthesized app with an ${kind}`,
      'npx cdk synth -q',
    );
  }
  return fleets;
};

const fleetsInTemplate = (name: string, text: string): readonly NamedFleet[] => {
  const { value } = parseDataFile({ name, text });
  const declared = isFields(value) && isFields(value.Resources) ? Object.entries(value.Resources) : [];
  return declared.flatMap(([id, resource]) => {
    if (!isFields(resource) || resource.Type !== MANIFEST_TYPE || !isFields(resource.Properties)) return [];
    const manifest = withoutReferences(resource.Properties.Manifest);
    if (manifest === undefined || !manifest.includes(`"kind":"${kind}"`)) return [];
    const file = parseDataFile({ name: `${name}: ${id}.json`, text: manifest });
    const objects = Array.isArray(file.value) ? file.value : [file.value];
    return objects.flatMap((item, index) => (isFields(item) && item.kind === kind ? [fleetOf(file, [index], item)] : []));
  });
};

/** A manifest as text, with a word in place of each reference to another resource: they stand for ARNs. */
const withoutReferences = (manifest: unknown): string | undefined => {
  if (typeof manifest === 'string') return manifest;
  const join = isFields(manifest) ? manifest['Fn::Join'] : undefined;
  const [separator, parts] = Array.isArray(join) ? join : [];
  if (typeof separator !== 'string' || !Array.isArray(parts)) return undefined;
  return parts.map((part, index) => (typeof part === 'string' ? part : `reference-${index}`)).join(separator);
};
