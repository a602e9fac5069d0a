import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { IControlLoop } from '../control-loop-interface';
import type { ControlLoopAttributes } from '../control-loop-props';
import type { IInferenceFleet } from '../inference-fleet-interface';
import { grantWeights } from './loop-role';
import { tickOnAlarm } from './loop-triggers';

/** A control loop made elsewhere. */
export class ImportedControlLoop extends Construct implements IControlLoop {
  public readonly functionArn: string;
  public readonly role: iam.IRole;
  private readonly handler: lambda.IFunction;

  constructor(scope: Construct, id: string, attributes: ControlLoopAttributes) {
    super(scope, id);
    this.functionArn = attributes.functionArn;
    this.role = iam.Role.fromRoleArn(this, 'Role', attributes.roleArn);
    this.handler = lambda.Function.fromFunctionAttributes(this, 'Function', {
      functionArn: attributes.functionArn,
      sameEnvironment: true,
    });
  }

  public addFleet(fleet: IInferenceFleet): void {
    if (fleet.router) grantWeights(fleet as unknown as Construct, 'ControlLoopAccess', this.role, fleet.router.listenerRuleArn);
  }

  public tickOnAlarm(alarm: cloudwatch.IAlarm): void {
    tickOnAlarm(alarm, this.handler);
  }

  public grantInvoke(grantee: iam.IGrantable): iam.Grant {
    return this.handler.grantInvoke(grantee);
  }
}
