import { CustomResource, Fn, Lazy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct, type IDependable } from 'constructs';
import { FLEET_TAG, ruleDefaults, ruleResourceTypes } from '../generated/contract';
import { acknowledge } from '../private/acknowledge';
import { ruleProvider } from './rule-provider';

const actionsOf = (...calls: string[]): string[] => calls.map((call) => `elasticloadbalancing:${call}`);

/**
 * The listener rule of a router, without target groups.
 *
 * It is no resource of CloudFormation, which would write the actions of the template whenever anything else about the rule changes, tags of
 * the stack included.
 */
export class WeightedRule extends Construct {
  /** Its ARN. */
  public readonly ruleArn: string;

  private fleetName?: string;

  constructor(scope: Construct, id: string, props: { readonly listenerArn: string }) {
    super(scope, id);
    const { listenerArn } = props;
    const { serviceToken, role, needs } = ruleProvider(this);
    const rulesOfListener = `${Fn.join(':listener-rule/', Fn.split(':listener/', listenerArn))}/*`;
    const access = new iam.Policy(this, 'Access', {
      roles: [role],
      statements: [
        new iam.PolicyStatement({ sid: 'CreateRule', actions: actionsOf('CreateRule'), resources: [listenerArn] }),
        new iam.PolicyStatement({ sid: 'OwnRule', actions: actionsOf('AddTags', 'DeleteRule'), resources: [rulesOfListener] }),
      ],
    });
    acknowledge(access, { IAM5: 'The id of a rule is not known before it is created; these are the rules of one listener.' });
    const resource = new CustomResource(this, 'Resource', {
      serviceToken,
      resourceType: ruleResourceTypes.rule,
      properties: {
        ListenerArn: listenerArn,
        Priority: ruleDefaults.priority,
        Tags: Lazy.any({ produce: () => (this.fleetName === undefined ? undefined : { [FLEET_TAG]: this.fleetName }) }),
      },
    });
    resource.node.addDependency(access, ...needs);
    this.ruleArn = resource.ref;
  }

  /** The fleet that may steer it, as `namespace/name`; undefined if there is none. */
  public get fleet(): string | undefined {
    return this.fleetName;
  }

  /** Marks it as that of a fleet. */
  public serve(fleet: string): void {
    this.fleetName = fleet;
  }
}

/** A unit in a rule. */
export interface RuleTargetProps {
  readonly rule: WeightedRule;
  readonly unitName: string;
  readonly targetGroupArn: string;
  /** Weight while nobody is served yet. */
  readonly initialWeight: number;
  readonly drainSeconds: number;
  readonly deadlineSeconds: number;
}

/**
 * The target group of a unit in the rule of a router. It enters with weight 0 where others are served, and leaves when the control loop has
 * taken its traffic.
 */
export class RuleTarget extends Construct {
  private readonly resource: CustomResource;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: RuleTargetProps,
  ) {
    super(scope, id);
    const { rule } = props;
    const { serviceToken, needs } = ruleProvider(this);
    this.resource = new CustomResource(this, 'Resource', {
      serviceToken,
      resourceType: ruleResourceTypes.target,
      properties: {
        RuleArn: rule.ruleArn,
        TargetGroupArn: props.targetGroupArn,
        Unit: props.unitName,
        Fleet: Lazy.string({ produce: () => rule.fleet }),
        InitialWeight: props.initialWeight,
        DrainSeconds: props.drainSeconds,
        DeadlineSeconds: props.deadlineSeconds,
      },
    });
    this.resource.node.addDependency(ruleAccess(rule, scope), ...needs);
  }

  /** Deletes it before what makes its pods serve. */
  public removeBefore(...parts: readonly IDependable[]): void {
    this.resource.node.addDependency(...parts);
  }

  /** The same target as a child of another construct. */
  public moveTo(scope: Construct): RuleTarget {
    this.node.scope?.node.tryRemoveChild(this.node.id);
    return new RuleTarget(scope, this.node.id, this.props);
  }
}

/** The permission to change a rule: one policy for all targets of a construct. */
function ruleAccess(rule: WeightedRule, scope: Construct): iam.Policy {
  const id = 'TargetAccess';
  const existing = scope.node.tryFindChild(id);
  if (existing !== undefined) return existing as iam.Policy;
  const actions = actionsOf('AddTags', 'ModifyRule', 'RemoveTags');
  return new iam.Policy(scope, id, {
    roles: [ruleProvider(scope).role],
    statements: [new iam.PolicyStatement({ sid: 'ChangeRule', actions, resources: [rule.ruleArn] })],
  });
}
