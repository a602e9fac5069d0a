import { Duration } from 'aws-cdk-lib';
import { Accelerator, type AdaptiveInferenceUnit, CapacityType, DevicePlugin, type ServedContainer } from '../../lib';

/** Small, Apache-2.0, and served without a token by Hugging Face: https://huggingface.co/TinyLlama/TinyLlama-1.1B-Chat-v1.0 */
export const DEFAULT_MODEL = 'TinyLlama/TinyLlama-1.1B-Chat-v1.0';

/** https://docs.vllm.ai/en/stable/deployment/docker/ The version is that of the Neuron image, so that both units answer alike. */
const VLLM_IMAGE = 'vllm/vllm-openai:v0.16.0';

/**
 * The last line of Neuron's vLLM images that runs on Inf2 and Trn1, by NxD Inference; the newer ones ask for Trn2 or Trn3:
 * https://awsdocs-neuron.readthedocs-hosted.com/en/v2.31.1/deploy/environments/quickstart-deploy-dlc.html
 */
const VLLM_NEURON_IMAGE = 'public.ecr.aws/neuron/pytorch-inference-vllm-neuronx:0.16.0-neuronx-py312-sdk2.31.0-ubuntu24.04';

/** Tokens of prompt and answer together. The units must agree, or a request would fail on one and not on another. */
const CONTEXT_LENGTH = '2048';

const CACHE = '/model-cache';

const common = (model: string): Pick<ServedContainer, 'command' | 'cpu' | 'memory' | 'modelCache' | 'runAsRoot'> & { args: string[] } => ({
  command: ['vllm', 'serve'],
  args: [model, '--port', '8000', '--max-model-len', CONTEXT_LENGTH],
  // Fits the smallest instances: g5.xlarge, g6.xlarge and inf2.xlarge have 4 vCPU and 16 GiB.
  cpu: '2',
  memory: '10Gi',
  modelCache: { mountPath: CACHE },
  // Both images are made to be run by root.
  runAsRoot: true,
});

const onNvidia = (model: string): ServedContainer => ({ ...common(model), image: VLLM_IMAGE, environment: { HF_HOME: CACHE } });

/**
 * A device of Inferentia2 or Trainium has two cores, over which the model is split. Options as in
 * https://awsdocs-neuron.readthedocs-hosted.com/en/v2.29.1/libraries/nxd-inference/vllm/quickstart-vllm-online-serving.html
 */
const onNeuron = (model: string): ServedContainer => {
  const base = common(model);
  return {
    ...base,
    image: VLLM_NEURON_IMAGE,
    args: [
      ...base.args,
      '--tensor-parallel-size',
      '2',
      '--max-num-seqs',
      '4',
      '--no-enable-prefix-caching',
      '--additional-config',
      '{"override_neuron_config":{"enable_bucketing":false}}',
    ],
    environment: {
      HF_HOME: CACHE,
      VLLM_NEURON_FRAMEWORK: 'neuronx-distributed-inference',
      NEURON_COMPILED_ARTIFACTS: `${CACHE}/compiled`,
    },
  };
};

interface Guess {
  readonly throughputPerMinute: number;
  readonly coldStart: Duration;
}

/**
 * Nobody measured these: they are low guesses for short answers of the default model, to begin with. Measure yours under a rising
 * load and replace them; the loop is only as right as they are.
 */
const GUESSES: Readonly<Record<string, Guess>> = {
  A10G: { throughputPerMinute: 240, coldStart: Duration.minutes(8) },
  L4: { throughputPerMinute: 180, coldStart: Duration.minutes(8) },
  L40S: { throughputPerMinute: 360, coldStart: Duration.minutes(8) },
  INFERENTIA2: { throughputPerMinute: 90, coldStart: Duration.minutes(20) },
  TRAINIUM1: { throughputPerMinute: 90, coldStart: Duration.minutes(20) },
};

/** The accelerators for which this app has an image and a guess. */
export const DEFAULT_ACCELERATORS: ReadonlyMap<string, Accelerator> = new Map(
  Accelerator.all()
    .filter(({ name }) => name in GUESSES)
    .map((accelerator) => [accelerator.name, accelerator]),
);

/** A unit that serves a model with vLLM on an accelerator. */
export const vllmUnit = (accelerator: Accelerator, model: string, spot: boolean): AdaptiveInferenceUnit => {
  const guess = GUESSES[accelerator.name];
  if (!guess) throw new Error(`no profile is known for ${accelerator.name}`);
  return {
    name: accelerator.name.toLowerCase(),
    accelerator,
    container: accelerator.devicePlugin === DevicePlugin.NEURON ? onNeuron(model) : onNvidia(model),
    profile: { ...guess, latency: Duration.seconds(4) },
    capacityTypes: spot ? [CapacityType.SPOT, CapacityType.ON_DEMAND] : [CapacityType.ON_DEMAND],
  };
};
