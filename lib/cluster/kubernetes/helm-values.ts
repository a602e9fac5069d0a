export interface HelmValues {
  readonly [key: string]: unknown;
}

const isMap = (value: unknown): value is HelmValues => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Merges values as Helm does: maps are merged key by key, everything else is replaced. */
export function mergeValues(base: HelmValues, over: HelmValues | undefined): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over ?? {})) {
    const below = merged[key];
    merged[key] = isMap(below) && isMap(value) ? mergeValues(below, value) : value;
  }
  return merged;
}
