import { App, Stack } from 'aws-cdk-lib';
import { Accelerator, AcceleratorPool, InferenceCluster } from 'cdk-adaptive-inference';

const app = new App();
const stack = new Stack(app, 'Minimal');
const cluster = new InferenceCluster(stack, 'Cluster');
new AcceleratorPool(stack, 'Pool', { cluster, accelerator: Accelerator.A10G });
