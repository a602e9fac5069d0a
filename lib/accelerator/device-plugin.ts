/** The device plugin that reports the devices of an accelerator to Kubernetes. */
export enum DevicePlugin {
  /** NVIDIA's device plugin, which reports `nvidia.com/gpu`. */
  NVIDIA = 'nvidia',

  /** AWS Neuron's device plugin, which reports `aws.amazon.com/neuron`. */
  NEURON = 'neuron',

  /** Another one, which the user installs. */
  OTHER = 'other',
}
