import { complain, literal } from '../private/validation';
import type { KarpenterPolicy } from './karpenter-policies/karpenter-policy';
import { POLICIES_V1_14_1 } from './karpenter-policies/v1-14-1';

/**
 * A version of Karpenter, with the permissions it needs and the Kubernetes versions it supports.
 *
 * @example
 * new InferenceCluster(this, 'Cluster', { karpenter: { version: KarpenterVersion.of('1.14.2') } });
 */
export class KarpenterVersion {
  /** Karpenter 1.14.1, for Kubernetes up to 1.36. */
  public static readonly V1_14_1 = new KarpenterVersion('1.14.1', 36, POLICIES_V1_14_1);

  /**
   * Another version of Karpenter.
   *
   * @param version version of the charts, for example `1.14.2`
   * @param like the known version whose permissions and Kubernetes versions it shares, by default `V1_14_1`; read Karpenter's upgrade guide
   * first
   */
  public static of(version: string, like?: KarpenterVersion): KarpenterVersion {
    const where = 'KarpenterVersion.of()';
    literal(where, 'version', version);
    if (!/^[1-9]\d*\.\d+\.\d+(-[\w.]+)?$/.test(version)) {
      complain(where, {
        code: 'InvalidKarpenterVersion',
        wrong: '`version` is not a valid version of a Karpenter chart with the v1 API',
        given: version,
        expected: 'major.minor.patch of 1.0.0 or later, without a `v`',
        fix: "Write it as in '1.14.2'.",
      });
    }
    const known = like ?? KarpenterVersion.V1_14_1;
    return new KarpenterVersion(version, known.newestKubernetesMinor, known._policies);
  }

  private constructor(
    /** Version of the charts and of the controller. */
    public readonly version: string,
    /** Newest minor version of Kubernetes 1 that it supports. */
    public readonly newestKubernetesMinor: number,
    /** @internal */
    public readonly _policies: readonly KarpenterPolicy[],
  ) {}
}
