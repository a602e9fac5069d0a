import { fleetJsonSchema } from '../../lambda/control-loop/api/json-schema';
import { customResourceDefinition } from '../../lambda/control-loop/api/v1alpha1/custom-resource';
import { didYouMean } from '../../lambda/control-loop/model/did-you-mean';
import { scenarioJsonSchema } from '../../sim/inputs/scenario-schema';
import { exitCodes, type Io } from './io';
import { refuse } from './problems';

const schemas: Readonly<Record<string, () => unknown>> = {
  scenario: scenarioJsonSchema,
  fleet: fleetJsonSchema,
  crd: customResourceDefinition,
};

export const schemaNames = Object.keys(schemas);

/** Prints a published schema. */
export const printSchema = (name: string, io: Io): number => {
  const schema = Object.hasOwn(schemas, name) ? schemas[name] : undefined;
  if (schema === undefined)
    return refuse('schema', JSON.stringify(name), `one of ${schemaNames.join(', ')}`, didYouMean(name, schemaNames));
  io.stdout.write(`${JSON.stringify(schema(), null, 2)}\n`);
  return exitCodes.done;
};
