/** From where the Kubernetes API of a cluster can be reached. */
export enum EndpointVisibility {
  /** Only from inside the VPC. */
  PRIVATE = 'private',

  /** From inside the VPC, and from the internet or the address ranges that were named. */
  PUBLIC = 'public',
}
