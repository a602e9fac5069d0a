import { jsonSchemaOf } from '../../lambda/control-loop/api/json-schema';
import { ScenarioSchema } from './scenario';

/** JSON Schema of a scenario file, published as `sim/scenarios/schema.json`. */
export const scenarioJsonSchema = (): Readonly<Record<string, unknown>> =>
  jsonSchemaOf(ScenarioSchema, 'Scenario of an adaptive inference');
