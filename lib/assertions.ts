import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';

type Json = unknown;

const ASSET_HASH = /\b[0-9a-f]{64}\b/g;
const LAMBDA_VERSION_HASH = /(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}/g;

/**
 * A template with everything masked that changes when an asset does: hashes of assets, and the parts of logical ids made
 * from them. What is left changes only when the infrastructure does, so that it can be kept as a snapshot.
 *
 * @param template a template, or a stack to synthesize
 */
export function maskedTemplate(template: Template | Stack): { [section: string]: unknown } {
  const json: Json = (Stack.isStack(template) ? Template.fromStack(template) : template).toJSON();
  return mask(json) as { [section: string]: unknown };
}

function mask(node: Json): Json {
  if (typeof node === 'string') return node.replace(ASSET_HASH, '<asset>').replace(LAMBDA_VERSION_HASH, '$1<hash>');
  if (Array.isArray(node)) return node.map(mask);
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [mask(key), mask(value)]));
}

/** A Kubernetes object, or the values of a chart, as far as it is known at synthesis: tokens are shown as `<token>`. */
export interface RenderedKubernetesResource {
  readonly logicalId: string;
  readonly body: { [key: string]: unknown };
}

/**
 * The Kubernetes objects that a template applies.
 *
 * @param template a template, or a stack to synthesize
 * @param kind kind of the objects; every kind where left out
 */
export function kubernetesObjects(template: Template | Stack, kind?: string): RenderedKubernetesResource[] {
  const from = Stack.isStack(template) ? Template.fromStack(template) : template;
  return Object.entries(from.findResources('Custom::AWSCDK-EKS-KubernetesResource'))
    .flatMap(([logicalId, { Properties }]) =>
      (parsed(Properties.Manifest) as { [key: string]: unknown }[]).map((body) => ({ logicalId, body })),
    )
    .filter(({ body }) => kind === undefined || body.kind === kind);
}

/**
 * The Helm charts that a template installs: their properties, with the values parsed.
 *
 * @param template a template, or a stack to synthesize
 */
export function helmCharts(template: Template | Stack): RenderedKubernetesResource[] {
  const from = Stack.isStack(template) ? Template.fromStack(template) : template;
  return Object.entries(from.findResources('Custom::AWSCDK-EKS-HelmChart')).map(([logicalId, { Properties }]) => ({
    logicalId,
    body: { ...Properties, Values: Properties.Values === undefined ? {} : parsed(Properties.Values) },
  }));
}

/** Parses JSON text that a template may hold as a join of literals and references. */
function parsed(text: unknown): unknown {
  if (typeof text === 'string') return JSON.parse(text);
  const parts = (text as { 'Fn::Join': [string, unknown[]] })['Fn::Join'][1];
  return JSON.parse(parts.map((part) => (typeof part === 'string' ? part : '<token>')).join(''));
}

/**
 * Every resource that must be created before a resource, and destroyed after it: by `DependsOn` or by reference, over any
 * number of steps.
 *
 * @param template a template, or a stack to synthesize
 * @param logicalId the resource
 */
export function prerequisitesOf(template: Template | Stack, logicalId: string): string[] {
  const from = Stack.isStack(template) ? Template.fromStack(template) : template;
  const resources: { [id: string]: unknown } = from.toJSON().Resources ?? {};
  const found = new Set<string>();
  const open = [logicalId];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const needed of references(resources[id])) {
      if (!(needed in resources) || found.has(needed)) continue;
      found.add(needed);
      open.push(needed);
    }
  }
  return [...found].sort();
}

function references(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(references);
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) => {
    if (key === 'Ref' && typeof value === 'string') return [value];
    if (key === 'DependsOn') return [value].flat() as string[];
    if (key === 'Fn::GetAtt') return [Array.isArray(value) ? String(value[0]) : (String(value).split('.')[0] ?? '')];
    if (key === 'Fn::Sub') {
      const text = Array.isArray(value) ? String(value[0]) : String(value);
      const inside = [...text.matchAll(/\$\{([A-Za-z0-9]+)[.}]/g)].map(([, id]) => id ?? '');
      return [...inside, ...(Array.isArray(value) ? references(value[1]) : [])];
    }
    return references(value);
  });
}
