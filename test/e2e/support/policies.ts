import type { PolicyStatement } from './iam';
import type { Synthesized } from './synthesized';

interface PolicyDocument {
  readonly Statement: readonly PolicyStatement[];
}

/** The id of the one role whose id matches. */
const roleIdIn = ({ resources }: Synthesized, pattern: RegExp): string => {
  const ids = Object.keys(resources).filter((id) => resources[id]?.Type === 'AWS::IAM::Role' && pattern.test(id));
  if (ids.length !== 1 || ids[0] === undefined) throw new Error(`expected one role like ${pattern}, found ${ids.join(', ') || 'none'}`);
  return ids[0];
};

/** All statements of the policies that the template gives to a role. */
export const statementsOf = (synthesized: Synthesized, role: RegExp): readonly PolicyStatement[] => {
  const { resources, resolve } = synthesized;
  const roleId = roleIdIn(synthesized, role);
  if (resources[roleId]?.Properties.ManagedPolicyArns ?? resources[roleId]?.Properties.Policies) {
    throw new Error(`${roleId} has policies of its own, which are not read here`);
  }
  return Object.values(resources)
    .filter(({ Type }) => Type === 'AWS::IAM::Policy' || Type === 'AWS::IAM::ManagedPolicy')
    .filter(({ Properties }) => (Properties.Roles as { Ref?: string }[] | undefined)?.some(({ Ref }) => Ref === roleId))
    .flatMap(({ Properties }) => {
      const document = resolve(Properties.PolicyDocument);
      return ((typeof document === 'string' ? JSON.parse(document) : document) as PolicyDocument).Statement;
    });
};
