/* biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of CloudFormation */
import { Duration, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { describe, expect, it } from 'vitest';
import { kubernetesObjects, maskedTemplate, prerequisitesOf } from '../../lib/assertions';
import { newStack } from './support/fixture';

const withFunction = (code: string): Stack => {
  const stack = newStack();
  const fn = new lambda.Function(stack, 'Function', {
    runtime: lambda.Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: lambda.Code.fromInline(code),
    environment: { ASSET: `${'ab'.repeat(32)}.zip`, CODE: code.length.toString() },
    timeout: Duration.seconds(3),
  });
  void fn.currentVersion;
  return stack;
};

describe('a masked template', () => {
  it('hides the hashes of assets', () => {
    const text = JSON.stringify(maskedTemplate(withFunction('1')));
    expect(text).toContain('"ASSET":"<asset>.zip"');
    expect(text).not.toMatch(/[0-9a-f]{32}/);
  });

  it('shows every other change', () => {
    expect(maskedTemplate(withFunction('1'))).not.toEqual(maskedTemplate(withFunction('12')));
    expect(maskedTemplate(withFunction('1'))).toEqual(maskedTemplate(withFunction('1')));
  });
});

describe('prerequisites', () => {
  const template = Template.fromJSON({
    Resources: {
      A: { Type: 'X::Y::Z', DependsOn: 'B' },
      B: { Type: 'X::Y::Z', DependsOn: ['C'], Properties: { P: { 'Fn::GetAtt': ['D', 'Arn'] }, R: { Ref: 'AWS::Region' } } },
      C: { Type: 'X::Y::Z', Properties: { S: { 'Fn::Sub': '${E}-${F.Arn}-${AWS::Region}' } } },
      D: { Type: 'X::Y::Z', Properties: { S: { 'Fn::Sub': ['${v}', { v: { Ref: 'G' } }] } } },
      E: { Type: 'X::Y::Z' },
      F: { Type: 'X::Y::Z' },
      G: { Type: 'X::Y::Z' },
      H: { Type: 'X::Y::Z' },
    },
  });

  it('are found by DependsOn and reference, over any number of steps', () => {
    expect(prerequisitesOf(template, 'A')).toEqual(['B', 'C', 'D', 'E', 'F', 'G']);
    expect(prerequisitesOf(template, 'C')).toEqual(['E', 'F']);
    expect(prerequisitesOf(template, 'H')).toEqual([]);
  });
});

describe('Kubernetes objects', () => {
  const Type = 'Custom::AWSCDK-EKS-KubernetesResource';
  const template = Template.fromJSON({
    Resources: {
      Plain: { Type, Properties: { Manifest: '[{"kind":"Service"},{"kind":"Deployment"}]' } },
      Joined: { Type, Properties: { Manifest: { 'Fn::Join': ['', ['[{"kind":"Service","name":"', { Ref: 'Plain' }, '"}]']] } } },
    },
  });

  it('are parsed, with tokens shown as such', () => {
    expect(kubernetesObjects(template, 'Service')).toEqual([
      { logicalId: 'Plain', body: { kind: 'Service' } },
      { logicalId: 'Joined', body: { kind: 'Service', name: '<token>' } },
    ]);
    expect(kubernetesObjects(template)).toHaveLength(3);
  });
});
