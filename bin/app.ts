import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { AdaptiveInference } from '../lib';
import { readChoices } from './app/context';
import { vllmUnit } from './app/units';

const app = new App();
const { region, accelerators, model, spot } = readChoices((name) => app.node.tryGetContext(name));
const stack = new Stack(app, 'AdaptiveInference', {
  description: `${model} on ${accelerators.map(({ name }) => name).join(', ')}`,
  env: { region, ...(process.env.CDK_DEFAULT_ACCOUNT === undefined ? {} : { account: process.env.CDK_DEFAULT_ACCOUNT }) },
});
const fleet = new AdaptiveInference(stack, 'Chat', {
  objective: { latency: Duration.seconds(5), percentile: 95, attainment: 0.99 },
  units: accelerators.map((accelerator) => vllmUnit(accelerator, model, spot)),
});
new CfnOutput(stack, 'Url', { value: fleet.url ?? '', description: 'Where the model answers, inside the VPC' });
