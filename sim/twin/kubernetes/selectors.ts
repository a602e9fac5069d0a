import { KubernetesError } from '../../../lambda/control-loop/errors';
import type { ApiResource, KubernetesObject } from '../../../lambda/control-loop/ports';

/**
 * Label and field selectors as the Kubernetes API server reads them
 * (https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/ and .../field-selectors/).
 */

export type Selector = (object: KubernetesObject) => boolean;

/** Fields that field selectors may name beyond `metadata.name` and `metadata.namespace`; the server refuses all others. */
const SELECTABLE_FIELDS: Readonly<Record<string, readonly string[]>> = {
  pods: ['spec.nodeName', 'spec.restartPolicy', 'spec.schedulerName', 'spec.serviceAccountName', 'status.phase', 'status.podIP'],
  events: [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
  nodes: ['spec.unschedulable'],
};

const badRequest = (message: string): KubernetesError => new KubernetesError(message, 400);

/** Splits at commas that are not inside brackets. */
const splitRequirements = (selector: string): string[] =>
  selector
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== '');

type LabelTest = (labels: Readonly<Record<string, string>>) => boolean;

const labelRequirement = (requirement: string): LabelTest => {
  const setBased = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(requirement);
  if (setBased) {
    const [, key, operator, list] = setBased as unknown as [string, string, string, string];
    const values = new Set(list.split(',').map((value) => value.trim()));
    return operator === 'in'
      ? (labels) => labels[key] !== undefined && values.has(labels[key])
      : (labels) => labels[key] === undefined || !values.has(labels[key]);
  }
  const equality = /^([^\s!=]+)\s*(==|=|!=)\s*([^\s!=]*)$/.exec(requirement);
  if (equality) {
    const [, key, operator, value] = equality as unknown as [string, string, string, string];
    return operator === '!=' ? (labels) => labels[key] !== value : (labels) => labels[key] === value;
  }
  const existence = /^(!?)([^\s!=(),]+)$/.exec(requirement);
  if (existence) {
    const [, negation, key] = existence as unknown as [string, string, string];
    return negation === '!' ? (labels) => labels[key] === undefined : (labels) => labels[key] !== undefined;
  }
  throw badRequest(`unable to parse label selector requirement: given "${requirement}", expected key=value, key in (a,b) or key`);
};

const NO_LABELS = {};

const parseLabelSelector = (selector: string): Selector => {
  const tests = splitRequirements(selector).map(labelRequirement);
  return (object) => {
    const labels = object.metadata.labels ?? NO_LABELS;
    return tests.every((test) => test(labels));
  };
};

const fieldAt = (object: KubernetesObject, path: readonly string[]): string => {
  let value: unknown = object;
  for (const step of path) value = (value as Record<string, unknown> | undefined)?.[step];
  // The source of an event is selected by its component.
  const text = typeof value === 'object' && value !== null ? (value as Record<string, unknown>).component : value;
  return text === undefined || text === null ? '' : String(text);
};

const parseFieldSelector = (selector: string, resource: ApiResource): Selector => {
  const allowed = new Set(['metadata.name', 'metadata.namespace', ...(SELECTABLE_FIELDS[resource.plural] ?? [])]);
  const tests = splitRequirements(selector).map((requirement): Selector => {
    const match = /^([^\s!=]+)\s*(==|=|!=)\s*(.*)$/.exec(requirement);
    if (!match) throw badRequest(`invalid field selector: given "${requirement}", expected field=value or field!=value`);
    const [, field, operator, value] = match as unknown as [string, string, string, string];
    if (!allowed.has(field)) throw badRequest(`field label not supported: given ${field}, expected one of ${[...allowed].join(', ')}`);
    const path = field.split('.');
    return operator === '!=' ? (object) => fieldAt(object, path) !== value : (object) => fieldAt(object, path) === value;
  });
  return (object) => tests.every((test) => test(object));
};

/** Selectors are few and asked every minute: each is parsed once. */
export class SelectorCache {
  private readonly parsed = new Map<string, Selector>();

  label(selector: string): Selector {
    return this.cached(`label ${selector}`, () => parseLabelSelector(selector));
  }

  field(selector: string, resource: ApiResource): Selector {
    return this.cached(`field ${resource.plural} ${selector}`, () => parseFieldSelector(selector, resource));
  }

  private cached(key: string, parse: () => Selector): Selector {
    const known = this.parsed.get(key);
    if (known) return known;
    const selector = parse();
    this.parsed.set(key, selector);
    return selector;
  }
}
