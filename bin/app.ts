import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { AdaptiveInference } from '../lib';
import { type Choices, contextWarnings, InvalidContextError, readChoices } from './app/context';
import { vllmUnit } from './app/units';

const app = new App();

/** Ends the process where a choice is invalid: a stack trace would hide the sentence that helps. */
const choices = (): Choices => {
  for (const warning of contextWarnings(Object.keys(app.node.getAllContext()))) console.error(`warning: ${warning}`);
  try {
    return readChoices((name) => app.node.tryGetContext(name));
  } catch (error) {
    if (!(error instanceof InvalidContextError)) throw error;
    console.error(`error: ${error.message}`);
    return process.exit(1);
  }
};

const { region, accelerators, model, spot } = choices();
const stack = new Stack(app, 'AdaptiveInference', {
  description: `${model} on ${accelerators.map(({ name }) => name).join(', ')}`,
  env: { region, ...(process.env.CDK_DEFAULT_ACCOUNT === undefined ? {} : { account: process.env.CDK_DEFAULT_ACCOUNT }) },
});
const fleet = new AdaptiveInference(stack, 'Chat', {
  objective: { latency: Duration.seconds(5), percentile: 95, attainment: 0.99 },
  units: accelerators.map((accelerator) => vllmUnit(accelerator, model, spot)),
});
new CfnOutput(stack, 'Url', { value: fleet.url ?? '', description: 'Where the model answers, inside the VPC' });
