import { describe, expect, it } from 'vitest';
import type { RecordedCall } from '../aws/proxy';
import { launchTemplateName } from './authorization';

const created = (name: string, id: string): RecordedCall => ({
  atSeconds: 0,
  service: 'ec2',
  action: 'CreateLaunchTemplate',
  accessKey: 'karpenter',
  input: { LaunchTemplateName: name },
  status: 200,
  launchTemplateId: id,
});

describe('the name of a launch template', () => {
  const calls = [created('karpenter.k8s.aws/1', 'lt-1'), created('karpenter.k8s.aws/2', 'lt-2')];

  it('is what the call names', () => {
    expect(launchTemplateName({ LaunchTemplateName: 'karpenter.k8s.aws/2' }, calls)).toBe('karpenter.k8s.aws/2');
  });

  it('is found by the id, by which Karpenter deletes once its cache has let go of the name', () => {
    expect(launchTemplateName({ LaunchTemplateId: 'lt-2' }, calls)).toBe('karpenter.k8s.aws/2');
  });
});
