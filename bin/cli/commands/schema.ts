import type { Command } from 'commander';
import { customResourceDefinition, fleetJsonSchema } from '../../../lambda/control-loop/api';
import { didYouMean } from '../../../lambda/control-loop/model/did-you-mean';
import { scenarioJsonSchema } from '../../../sim/inputs/scenario-schema';
import { examples } from '../text/help';
import { exitCodes, type Io } from '../text/io';
import { refuse } from '../text/problems';

const schemas: Readonly<Record<string, () => unknown>> = {
  scenario: scenarioJsonSchema,
  fleet: fleetJsonSchema,
  crd: customResourceDefinition,
};

const schemaNames = Object.keys(schemas);

/** `schema`: prints a published schema. */
export const addSchema = (program: Command, io: Io, onExitCode: (code: number) => void): void => {
  program
    .command('schema')
    .summary('print a schema')
    .description('Prints the JSON Schema of a scenario or a fleet, or the CustomResourceDefinition of InferenceFleet.')
    .argument('[name]', `one of ${schemaNames.join(', ')}`, 'fleet')
    .addHelpText('after', examples(['schema fleet', 'schema scenario > scenario.schema.json', 'schema crd | kubectl apply -f -']))
    .action((name: string) => onExitCode(printSchema(name, io)));
};

const printSchema = (name: string, io: Io): number => {
  const schema = Object.hasOwn(schemas, name) ? schemas[name] : undefined;
  if (schema === undefined)
    return refuse('schema', JSON.stringify(name), `one of ${schemaNames.join(', ')}`, didYouMean(name, schemaNames));
  io.stdout.write(`${JSON.stringify(schema(), null, 2)}\n`);
  return exitCodes.done;
};
