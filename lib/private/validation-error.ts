/** jsii lets no exported class extend `Error` directly, not even an internal one. */
class BaseError extends Error {}

/**
 * Thrown at synthesis when properties contradict each other, the cluster or the platform.
 *
 * Its message names the construct, what is wrong, what was given, what was expected and how to fix it, and ends with the code in brackets.
 * In Python, Java, C# and Go the error arrives as jsii's own, with the same message.
 *
 * @example
 * try {
 *   new InferenceCluster(this, 'Cluster', { clusterName: 'my.cluster' });
 * } catch (error) {
 *   if (error instanceof ValidationError && error.code === 'InvalidClusterName') console.log(error.where);
 * }
 *
 * @internal jsii has no errors; TypeScript and JavaScript can catch this one.
 */
export class ValidationError extends BaseError {
  public override readonly name = 'ValidationError';

  constructor(
    message: string,
    /** Stable name of the mistake, for example `UnknownInstanceType`: it stays the same when the wording of the message changes. */
    public readonly code: string,
    /** Path of the construct in the app, or the call, whose properties are wrong. */
    public readonly where: string,
  ) {
    super(message);
  }
}
