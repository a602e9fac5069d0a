/** The variables of the environment that the clients read. */
export type Environment = Readonly<Record<string, string | undefined>>;

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

export type CredentialsProvider = () => Promise<Credentials>;

/**
 * Credentials as Lambda gives them: in the environment, fixed for the life of a sandbox.
 * Read at every call; where the environment also names their end, the SDK asks again before it.
 */
export const environmentCredentials =
  (environment: Environment): CredentialsProvider =>
  async () => {
    const accessKeyId = environment.AWS_ACCESS_KEY_ID;
    const secretAccessKey = environment.AWS_SECRET_ACCESS_KEY;
    if (!accessKeyId || !secretAccessKey) {
      const missing = accessKeyId
        ? 'AWS_SECRET_ACCESS_KEY is'
        : secretAccessKey
          ? 'AWS_ACCESS_KEY_ID is'
          : 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are';
      throw new Error(
        `environment: ${missing} not set, expected AWS credentials; Lambda sets them from the function's execution role, elsewhere export them`,
      );
    }
    const sessionToken = environment.AWS_SESSION_TOKEN;
    const expiration = Date.parse(environment.AWS_CREDENTIAL_EXPIRATION ?? '');
    return {
      accessKeyId,
      secretAccessKey,
      ...(sessionToken ? { sessionToken } : {}),
      ...(Number.isNaN(expiration) ? {} : { expiration: new Date(expiration) }),
    };
  };
