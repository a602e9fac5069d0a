import { describe, expect, it } from 'vitest';
import { type AccessRequest, judge, type PolicyStatement } from './iam';

const INSTANCE = 'arn:aws:ec2:us-west-2:123456789012:instance/i-1';

const allow = (changes: Partial<PolicyStatement> = {}): PolicyStatement => ({
  Effect: 'Allow',
  Action: 'ec2:TerminateInstances',
  Resource: '*',
  ...changes,
});

const request = (changes: Partial<AccessRequest> = {}): AccessRequest => ({
  action: 'ec2:TerminateInstances',
  resource: INSTANCE,
  context: {},
  ...changes,
});

const condition = (operator: string, key: string, value: string | string[]): PolicyStatement =>
  allow({ Condition: { [operator]: { [key]: value } } });

describe('the evaluation of IAM policies', () => {
  it.each<[string, PolicyStatement[], AccessRequest, string]>([
    ['nothing said is a no', [], request(), 'NotAllowed'],
    ['the action as it is', [allow()], request(), 'Allowed'],
    ['whatever the case of the action', [allow({ Action: 'EC2:terminateinstances' })], request(), 'Allowed'],
    ['an action by wildcard', [allow({ Action: ['s3:*', 'ec2:Term*'] })], request(), 'Allowed'],
    ['another action', [allow({ Action: 'ec2:Terminate' })], request(), 'NotAllowed'],
    ['a dot in a pattern is a dot', [allow({ Action: 'ec2.TerminateInstances' })], request(), 'NotAllowed'],
    ['a denial before what is allowed', [allow(), allow({ Effect: 'Deny' })], request(), 'Denied'],
    ['a denial of another resource', [allow(), allow({ Effect: 'Deny', Resource: `${INSTANCE}2` })], request(), 'Allowed'],
    ['a resource by wildcard', [allow({ Resource: 'arn:aws:ec2:us-west-2:*:instance/*' })], request(), 'Allowed'],
    ['a resource of another kind', [allow({ Resource: 'arn:aws:ec2:us-west-2:*:volume/*' })], request(), 'NotAllowed'],
    ['a resource of another region', [allow({ Resource: 'arn:aws:ec2:eu-west-1:*:instance/*' })], request(), 'NotAllowed'],
    ['no wildcard over a colon', [allow({ Resource: 'arn:aws:ec2:*:instance/*' })], request(), 'NotAllowed'],
    ['an action without resource needs a star', [allow({ Resource: INSTANCE })], request({ resource: '*' }), 'NotAllowed'],
  ])('%s', (_, statements, asked, verdict) => {
    expect(judge(statements, asked)).toBe(verdict);
  });

  const tagged = { 'aws:ResourceTag/team': 'chat' };
  it.each<[string, PolicyStatement, AccessRequest['context'], boolean]>([
    ['StringEquals', condition('StringEquals', 'aws:ResourceTag/team', ['other', 'chat']), tagged, true],
    ['StringEquals of another value', condition('StringEquals', 'aws:ResourceTag/team', 'cha*'), tagged, false],
    ['StringEquals without the key', condition('StringEquals', 'aws:ResourceTag/team', 'chat'), {}, false],
    ['a key in other case', condition('StringEquals', 'AWS:resourcetag/team', 'chat'), tagged, true],
    ['StringEqualsIfExists without the key', condition('StringEqualsIfExists', 'aws:ResourceTag/team', 'chat'), {}, true],
    ['StringEqualsIfExists of another value', condition('StringEqualsIfExists', 'aws:ResourceTag/team', 'x'), tagged, false],
    ['StringNotEquals without the key', condition('StringNotEquals', 'aws:ResourceTag/team', 'chat'), {}, true],
    ['StringLike', condition('StringLike', 'aws:ResourceTag/team', '*'), tagged, true],
    ['StringLike without the key', condition('StringLike', 'aws:ResourceTag/team', '*'), {}, false],
    ['ArnEquals', condition('ArnEquals', 'aws:SourceArn', 'arn:aws:sns:*:*:a*'), { 'aws:SourceArn': 'arn:aws:sns:r:1:abc' }, true],
    [
      'ArnEquals of another',
      condition('ArnEquals', 'aws:SourceArn', 'arn:aws:sns:*:*:b*'),
      { 'aws:SourceArn': 'arn:aws:sns:r:1:abc' },
      false,
    ],
    ['ForAllValues', condition('ForAllValues:StringEquals', 'aws:TagKeys', ['a', 'b']), { 'aws:TagKeys': ['a'] }, true],
    [
      'ForAllValues with one too many',
      condition('ForAllValues:StringEquals', 'aws:TagKeys', ['a', 'b']),
      { 'aws:TagKeys': ['a', 'c'] },
      false,
    ],
    ['ForAllValues without the key', condition('ForAllValues:StringEquals', 'aws:TagKeys', ['a']), {}, true],
    ['ForAnyValue', condition('ForAnyValue:StringEquals', 'aws:TagKeys', ['a']), { 'aws:TagKeys': ['a', 'c'] }, true],
    ['ForAnyValue without the key', condition('ForAnyValue:StringEquals', 'aws:TagKeys', ['a']), {}, false],
  ])('%s', (_, statement, context, allowed) => {
    expect(judge([statement], request({ context }))).toBe(allowed ? 'Allowed' : 'NotAllowed');
  });

  it('holds all conditions of a statement together', () => {
    const both = allow({ Condition: { StringEquals: { 'aws:ResourceTag/team': 'chat' }, StringLike: { 'aws:RequestedRegion': 'us-*' } } });
    expect(judge([both], request({ context: { ...tagged, 'aws:RequestedRegion': 'us-west-2' } }))).toBe('Allowed');
    expect(judge([both], request({ context: { ...tagged, 'aws:RequestedRegion': 'eu-west-1' } }))).toBe('NotAllowed');
  });

  it('refuses to guess', () => {
    expect(() => judge([condition('IpAddress', 'aws:SourceIp', '10.0.0.0/8')], request())).toThrow('condition operator IpAddress');
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of IAM
    expect(() => judge([allow({ Resource: 'arn:aws:s3:::${aws:username}' })], request({ resource: 'arn:aws:s3:::a' }))).toThrow(
      'policy variable',
    );
    expect(() => judge([{ ...allow(), NotAction: 'x' } as PolicyStatement], request())).toThrow('policy element NotAction');
  });
});
