/** From where the Kubernetes API of a cluster can be reached. */
export enum EndpointVisibility {
  /** Only from inside the VPC. */
  PRIVATE = 'private',

  /** From inside the VPC and from the internet, or from the given address ranges of it. */
  PUBLIC = 'public',
}
