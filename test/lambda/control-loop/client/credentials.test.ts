import { expect, test } from 'vitest';
import { environmentCredentials } from '../../../../lambda/control-loop/client/credentials';

test('credentials are those of the environment at the time of the call', async () => {
  const environment: Record<string, string> = { AWS_ACCESS_KEY_ID: 'first', AWS_SECRET_ACCESS_KEY: 'secret' };
  const credentials = environmentCredentials(environment);
  expect(await credentials()).toEqual({ accessKeyId: 'first', secretAccessKey: 'secret' });
  environment.AWS_ACCESS_KEY_ID = 'second';
  environment.AWS_SESSION_TOKEN = 'session';
  environment.AWS_CREDENTIAL_EXPIRATION = '2026-03-01T12:00:00Z';
  expect(await credentials()).toEqual({
    accessKeyId: 'second',
    secretAccessKey: 'secret',
    sessionToken: 'session',
    expiration: new Date(1_772_366_400_000),
  });
});

test.each([
  [{}, 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set'],
  [{ AWS_ACCESS_KEY_ID: 'id' }, 'AWS_SECRET_ACCESS_KEY is not set'],
  [{ AWS_SECRET_ACCESS_KEY: 'secret' }, 'AWS_ACCESS_KEY_ID is not set'],
])('an environment of %o says which variable is missing', async (environment, message) => {
  await expect(environmentCredentials(environment)()).rejects.toThrow(message);
});
