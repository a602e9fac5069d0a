import { describe, expect, it } from 'vitest';
import { chatWorld } from '../../../support/fake-world';
import { fleetPath } from '../../../support/fleet-object';
import {
  authorityPem,
  base64,
  clientKeyPem,
  clientPem,
  decideOnce,
  kubeconfigOf,
  type LiveApi,
  type Shell,
  shell,
  startLiveApi,
  strangerPem,
} from './live-cluster';

const world = async (prefix = '') => {
  const fake = chatWorld();
  await decideOnce(fake);
  const api = await startLiveApi(fake.kubernetes, prefix);
  return { fake, api, ...shell() };
};

const CA = { 'certificate-authority-data': base64(authorityPem) };

/** Runs `status chat` with a kubeconfig in its usual place. */
const statusWith = async ({ file, run }: Shell, kubeconfig: string) => {
  file('.kube/config', kubeconfig);
  return run('status chat --json');
};

const last = (api: LiveApi) => api.received.at(-1);

describe('which kubeconfig is used', () => {
  /** A kubeconfig whose only user has a token that tells which file it is. */
  const named = (api: LiveApi, token: string) => kubeconfigOf(api.endpoint, { token });

  it('the one in the home directory', async () => {
    const { api, file, run } = await world();
    file('.kube/config', named(api, 'home'));
    expect((await run('status chat')).exitCode).toBe(0);
    expect(last(api)?.authorization).toBe('Bearer home');
  });

  it('the one that KUBECONFIG names, before the one in the home directory', async () => {
    const { api, file, run, directory } = await world();
    file('.kube/config', named(api, 'home'));
    const path = file('elsewhere', named(api, 'variable'));
    await run('status chat', { environment: { HOME: directory, KUBECONFIG: path } });
    expect(last(api)?.authorization).toBe('Bearer variable');
  });

  it('the one of --kubeconfig, before all others', async () => {
    const { api, file, run, directory } = await world();
    file('flag', named(api, 'flag'));
    const path = file('elsewhere', named(api, 'variable'));
    await run('status chat --kubeconfig flag', { environment: { HOME: directory, KUBECONFIG: path } });
    expect(last(api)?.authorization).toBe('Bearer flag');
  });

  it('of several in KUBECONFIG the first that says something is heard, and those that are not there are passed over', async () => {
    const { api, file, run, directory } = await world();
    const contexts = file('contexts', 'current-context: dev\ncontexts:\n- name: dev\n  context: {cluster: dev, user: ada}\n');
    const users = file('users', 'users:\n- name: ada\n  user: {token: first}\n');
    const rest = file('rest', named(api, 'second'));
    const KUBECONFIG = ['', contexts, `${directory}/gone`, users, rest].join(':');
    expect((await run('status chat', { environment: { HOME: directory, KUBECONFIG } })).stderr).toBe('');
    expect(last(api)?.authorization).toBe('Bearer first');
  });

  it('the context of --context, with its namespace unless --namespace or the fleet names one', async () => {
    const { api, file, run } = await world();
    const body = JSON.parse(kubeconfigOf(api.endpoint));
    body.contexts.push({ name: 'prod', context: { cluster: 'dev', user: 'ada', namespace: 'prod' } });
    file('.kube/config', JSON.stringify(body));
    await run('status --context prod');
    expect(last(api)?.path).toMatch(/\/namespaces\/prod\/inferencefleets$/);
    await run('status --context prod -n test');
    expect(last(api)?.path).toMatch(/\/namespaces\/test\/inferencefleets$/);
    await run('status --context prod default/chat');
    expect(last(api)?.path).toMatch(/\/namespaces\/default\/inferencefleets\/chat$/);
    await run('status --context prod -A');
    expect(last(api)?.path).toContain(fleetPath());
  });
});

describe('how a person proves who they are', () => {
  it('by a token', async () => {
    const { api, ...rest } = await world();
    api.tokens = ['secret'];
    expect((await statusWith(rest, kubeconfigOf(api.endpoint, { token: 'secret' }))).exitCode).toBe(0);
  });

  it('by a file with a token, relative to the kubeconfig', async () => {
    const { api, ...rest } = await world();
    api.tokens = ['from file'];
    rest.file('.kube/tokens/ada', 'from file\n');
    expect((await statusWith(rest, kubeconfigOf(api.endpoint, { tokenFile: 'tokens/ada', token: 'stale' }))).exitCode).toBe(0);
  });

  it('by a client certificate and key in the kubeconfig', async () => {
    const { api, ...rest } = await world();
    const user = { 'client-certificate-data': base64(clientPem), 'client-key-data': base64(clientKeyPem) };
    expect((await statusWith(rest, kubeconfigOf(api.endpoint, user))).exitCode).toBe(0);
    expect(last(api)).toMatchObject({ client: 'ada', authorization: undefined });
  });

  it('by a client certificate and key in files, relative to the kubeconfig', async () => {
    const { api, ...rest } = await world();
    rest.file('.kube/pki/ada.pem', clientPem);
    const user = { 'client-certificate': 'pki/ada.pem', 'client-key': rest.file('elsewhere/ada.key', clientKeyPem) };
    expect((await statusWith(rest, kubeconfigOf(api.endpoint, user))).exitCode).toBe(0);
    expect(last(api)?.client).toBe('ada');
  });

  it('not at all, where the context names no user', async () => {
    const { api, ...rest } = await world();
    expect((await statusWith(rest, kubeconfigOf(api.endpoint, {}, CA, { user: '' }))).exitCode).toBe(0);
    expect(last(api)).toMatchObject({ client: undefined, authorization: undefined });
  });

  describe('by a program', () => {
    const V1 = 'client.authentication.k8s.io/v1';

    /** A plugin that prints what it is told to and writes down what it was started with. */
    const plugin = (opened: Shell, script: string) =>
      opened.file('.kube/bin/get-token', `#!/bin/sh\necho "$KUBERNETES_EXEC_INFO" > info\necho "$@ $STAGE" >> calls\n${script}\n`, 0o700);
    const credential = (status: unknown, apiVersion = V1) =>
      `cat <<'END'\n${JSON.stringify({ apiVersion, kind: 'ExecCredential', status })}\nEND`;

    it('that gives a token, started with its arguments and environment', async () => {
      const { api, ...rest } = await world();
      api.tokens = ['minted'];
      plugin(rest, credential({ token: 'minted' }));
      const exec = { apiVersion: V1, command: './bin/get-token', args: ['eks', 'get-token'], env: [{ name: 'STAGE', value: 'test' }] };
      expect(await statusWith(rest, kubeconfigOf(api.endpoint, { exec }))).toMatchObject({ exitCode: 0, stderr: '' });
      expect((await rest.run(['status'])).exitCode).toBe(0);
      expect(rest.read('calls')).toBe('eks get-token test\neks get-token test\n');
      expect(JSON.parse(rest.read('info'))).toEqual({ apiVersion: V1, kind: 'ExecCredential', spec: { interactive: false } });
    });

    it('that is found in PATH and is of the version before', async () => {
      const { api, ...rest } = await world();
      const v1beta1 = 'client.authentication.k8s.io/v1beta1';
      plugin(rest, credential({ token: 'minted' }, v1beta1));
      rest.file('.kube/config', kubeconfigOf(api.endpoint, { exec: { apiVersion: v1beta1, command: 'get-token', args: null, env: null } }));
      const environment = { HOME: rest.directory, PATH: `${rest.directory}/.kube/bin:${process.env.PATH}` };
      expect((await rest.run('status chat', { environment })).exitCode).toBe(0);
      expect(last(api)?.authorization).toBe('Bearer minted');
    });

    it('that gives a client certificate', async () => {
      const { api, ...rest } = await world();
      plugin(rest, credential({ clientCertificateData: clientPem, clientKeyData: clientKeyPem }));
      const exec = { apiVersion: V1, command: './bin/get-token', interactiveMode: 'Never' };
      expect((await statusWith(rest, kubeconfigOf(api.endpoint, { exec }))).exitCode).toBe(0);
      expect(last(api)).toMatchObject({ client: 'ada', authorization: undefined });
    });

    it('that is started once while a fleet is watched, and again when its token has ended', async () => {
      const { api, ...rest } = await world();
      plugin(rest, credential({ token: 'minted' }));
      rest.file('.kube/config', kubeconfigOf(api.endpoint, { exec: { apiVersion: V1, command: './bin/get-token' } }));
      let waits = 0;
      const onSleep = (_seconds: number, interrupt: () => void) => {
        waits += 1;
        api.tokens = waits === 3 ? [] : ['minted'];
        if (waits === 4) interrupt();
      };
      expect((await rest.run('status chat --watch', { onSleep })).exitCode).toBe(0);
      expect(rest.read('calls').match(/\n/g)).toHaveLength(2);
    });

    it('that gets the entry of the cluster where it asks for it', async () => {
      const { api, ...rest } = await world();
      plugin(rest, credential({ token: 'minted' }));
      const exec = { apiVersion: V1, command: './bin/get-token', provideClusterInfo: true };
      const cluster = {
        ...CA,
        'tls-server-name': 'localhost',
        extensions: [{ name: 'client.authentication.k8s.io/exec', extension: { audience: 'dev' } }],
      };
      expect((await statusWith(rest, kubeconfigOf(api.endpoint, { exec }, cluster))).exitCode).toBe(0);
      expect(JSON.parse(rest.read('info')).spec.cluster).toEqual({
        server: api.endpoint,
        'certificate-authority-data': base64(authorityPem),
        'tls-server-name': 'localhost',
        config: { audience: 'dev' },
      });
    });

    it('that is asked once more when its token is refused', async () => {
      const { api, ...rest } = await world();
      api.tokens = ['second'];
      const answer = (token: string) => JSON.stringify({ apiVersion: V1, kind: 'ExecCredential', status: { token } });
      plugin(rest, `if [ -e once ]; then echo '${answer('second')}'; else touch once; echo '${answer('first')}'; fi`);
      const exec = { apiVersion: V1, command: './bin/get-token' };
      expect((await statusWith(rest, kubeconfigOf(api.endpoint, { exec }))).exitCode).toBe(0);
      expect(api.received.map(({ authorization }) => authorization)).toEqual(['Bearer first', 'Bearer second']);
    });

    it.each([
      [
        'echo no session >&2; exit 3',
        'no session\nerror PLUGIN\n  given     exit code 3\n  expected  exit code 0 and an ExecCredential\n  fix       see its messages above\n',
      ],
      [
        'exit 3',
        'error PLUGIN\n  given     exit code 3\n  expected  exit code 0 and an ExecCredential\n  fix       run it by hand to see why\n',
      ],
      [
        'kill -9 $$',
        'error PLUGIN\n  given     the signal SIGKILL\n  expected  exit code 0 and an ExecCredential\n  fix       run it by hand to see why\n',
      ],
      ['echo token: abc', `error PLUGIN\n  given     output that is not JSON\n  expected  an ExecCredential of ${V1}\n`],
      [
        credential({ token: 't' }, 'client.authentication.k8s.io/v1beta1'),
        `error PLUGIN\n  given     ExecCredential of client.authentication.k8s.io/v1beta1\n  expected  ExecCredential of ${V1}\n  fix       set exec.apiVersion in the kubeconfig to the version that the plugin prints\n`,
      ],
      [
        'echo null',
        `error PLUGIN\n  given     undefined of undefined\n  expected  ExecCredential of ${V1}\n  fix       set exec.apiVersion in the kubeconfig to the version that the plugin prints\n`,
      ],
      [
        credential({}),
        'error PLUGIN\n  given     an ExecCredential without credentials\n  expected  status.token, or status.clientCertificateData and clientKeyData\n',
      ],
    ])('that does %j ends the command with exit code 1', async (script, message) => {
      const { api, ...rest } = await world();
      const path = plugin(rest, script);
      const outcome = await statusWith(rest, kubeconfigOf(api.endpoint, { exec: { apiVersion: V1, command: './bin/get-token' } }));
      const where = `${rest.directory}/.kube/config: users[ada].user.exec: ${path}`;
      expect(outcome).toEqual({ exitCode: 1, stdout: '', stderr: message.replace('PLUGIN', where) });
      expect(api.received).toEqual([]);
    });

    it('that is not there is answered with how to install it', async () => {
      const { api, ...rest } = await world();
      const exec = { apiVersion: V1, command: 'no-such-program', installHint: 'install it from example.com' };
      const { exitCode, stderr } = await statusWith(rest, kubeconfigOf(api.endpoint, { exec }));
      expect(exitCode).toBe(1);
      expect(stderr).toContain(
        '  given     no such program\n  expected  a program that prints credentials\n  fix       install it from example.com\n',
      );
    });
  });
});

describe('whom the command line trusts', () => {
  it('the authority in the kubeconfig, or in a file beside it', async () => {
    const { api, ...rest } = await world();
    rest.file('.kube/ca.pem', authorityPem);
    expect((await statusWith(rest, kubeconfigOf(api.endpoint, undefined, { 'certificate-authority': 'ca.pem' }))).exitCode).toBe(0);
  });

  it.each([
    ['another authority', { 'certificate-authority-data': base64(strangerPem) }],
    ['the public authorities', {}],
  ])('%s alone, and then not this server', async (_what, cluster) => {
    const { api, ...rest } = await world();
    const { exitCode, stderr } = await statusWith(rest, kubeconfigOf(api.endpoint, undefined, cluster));
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`error ${api.endpoint} (context dev)\n  given     GET /apis/adaptive-inference.dev/`);
    expect(stderr).toContain(
      "  fix       check the cluster's certificate-authority in the kubeconfig: it did not sign the server's certificate\n",
    );
    expect(api.received).toEqual([]);
  });

  it('everyone, with a warning, where the kubeconfig asks for that', async () => {
    const { api, ...rest } = await world();
    const { exitCode, stderr } = await statusWith(rest, kubeconfigOf(api.endpoint, undefined, { 'insecure-skip-tls-verify': true }));
    expect(exitCode).toBe(0);
    expect(stderr).toBe(
      `warning: the certificate of ${api.endpoint} is not verified, as the kubeconfig says so: any server could answer\n`,
    );
  });

  it('everyone, with one warning however long it is watched', async () => {
    const { api, ...rest } = await world();
    rest.file('.kube/config', kubeconfigOf(api.endpoint, undefined, { 'insecure-skip-tls-verify': true }));
    let waits = 0;
    const onSleep = (_seconds: number, interrupt: () => void) => {
      waits += 1;
      if (waits === 3) interrupt();
    };
    expect((await rest.run('status chat --watch', { onSleep })).stderr.match(/warning/g)).toHaveLength(1);
  });

  it('a certificate of another name, where the kubeconfig names it', async () => {
    const { api, ...rest } = await world();
    const as = (name: string) => kubeconfigOf(api.endpoint, undefined, { ...CA, 'tls-server-name': name });
    expect((await statusWith(rest, as('localhost'))).exitCode).toBe(0);
    expect((await statusWith(rest, as('example.com'))).exitCode).toBe(1);
  });
});

it('an API server behind a path is called there', async () => {
  const { api, ...rest } = await world('/k8s/clusters/c-1');
  expect((await statusWith(rest, kubeconfigOf(api.endpoint))).exitCode).toBe(0);
  expect(last(api)?.path).toMatch(/^\/k8s\/clusters\/c-1\/apis\/adaptive-inference\.dev\//);
});

describe('a cluster that does not answer as asked', () => {
  it.each([
    [{ status: 401, reason: 'Unauthorized', message: 'Unauthorized' }, 'the credentials of ada were refused: log in again'],
    [
      { status: 403, reason: 'Forbidden', message: 'User "ada" cannot get resource' },
      'ada lacks this permission: ask for get, list and patch of inferencefleets',
    ],
    [{ status: 500, reason: 'InternalError', message: 'etcd is gone' }, 'the API server is overloaded or failing: try again later'],
  ])('with %j ends the command with exit code 1', async (failure, fix) => {
    const { api, ...rest } = await world();
    api.failWith = failure;
    const outcome = await statusWith(rest, kubeconfigOf(api.endpoint));
    const path = fleetPath('default', 'chat');
    expect(outcome).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `error ${api.endpoint} (context dev)
  given     GET ${path}: ${failure.status} ${failure.reason}: ${failure.message}
  expected  success
  fix       ${fix}
`,
    });
  });

  it('because nobody is there ends the command with exit code 1', async () => {
    const { api, ...rest } = await world();
    await api.close();
    const { exitCode, stderr } = await statusWith(rest, kubeconfigOf(api.endpoint));
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/given {5}GET .*: no answer: connect ECONNREFUSED 127\.0\.0\.1:\d+\n/);
    expect(stderr).toContain('  fix       check the server in the kubeconfig, the network and the VPN\n');
  });

  it('because it has no such kind is answered with how to install it, exit code 2', async () => {
    const { api, ...rest } = await world();
    api.failWith = { status: 404, reason: 'NotFound', message: 'the server could not find the requested resource' };
    const { exitCode, stderr } = await statusWith(rest, kubeconfigOf(api.endpoint));
    expect(exitCode).toBe(2);
    expect(stderr).toContain('error cluster\n  given     no kind InferenceFleet\n');
  });
});

describe('a broken kubeconfig', () => {
  const ENDPOINT = 'https://127.0.0.1:1';
  const user = (fields: unknown) => kubeconfigOf(ENDPOINT, fields as Record<string, unknown>);
  const cluster = (fields: Record<string, unknown>) => kubeconfigOf(ENDPOINT, undefined, fields);

  it.each<readonly [what: string, content: string, where: string, given: string, rest: string]>([
    ['that is no YAML', 'clusters: [\n  {', 'FILE:2', 'invalid YAML: ', 'a kubeconfig in YAML or JSON'],
    ['that is a list', '[]', 'FILE', '[] (list)', 'a kubeconfig: an object with clusters, users and contexts'],
    ['that is empty', '', 'FILE: current-context', 'nothing', 'the name of a context'],
    [
      'without a current context',
      'contexts: [{name: dev, context: {}}]',
      'FILE: current-context',
      'nothing',
      'name one with --context: dev',
    ],
    [
      'whose current context is not there',
      'current-context: prd\ncontexts: [{name: prod}]',
      'FILE: current-context',
      '"prd"',
      'did you mean "prod"?',
    ],
    ['whose contexts are no list', 'contexts: {dev: {}}', 'FILE: contexts', '{"dev":{}} (object)', 'a list of named contexts'],
    [
      'with a nameless cluster',
      'clusters: [{cluster: {}}]',
      'FILE: clusters[0]',
      '{"cluster":{}} (object)',
      'an object with a name and a cluster',
    ],
    [
      'whose context names no cluster',
      kubeconfigOf(ENDPOINT, {}, {}, { cluster: '' }),
      'FILE: contexts[dev].context.cluster',
      'nothing',
      'the name of a cluster',
    ],
    [
      'whose context names another cluster',
      kubeconfigOf(ENDPOINT, {}, {}, { cluster: 'deev' }),
      'FILE: contexts[dev].context.cluster',
      '"deev"',
      'did you mean "dev"?',
    ],
    [
      'whose context names another user',
      kubeconfigOf(ENDPOINT, {}, {}, { user: 'bob' }),
      'FILE: contexts[dev].context.user',
      '"bob"',
      'one of ada',
    ],
    [
      'whose server is not https',
      kubeconfigOf('http://127.0.0.1:8001'),
      'FILE: clusters[dev].cluster.server',
      '"http://127.0.0.1:8001"',
      'an https URL',
    ],
    ['without a server', kubeconfigOf(''), 'FILE: clusters[dev].cluster.server', 'nothing', 'the URL of the API server'],
    ['with a proxy', cluster({ 'proxy-url': 'http://proxy' }), 'FILE: clusters[dev].cluster.proxy-url', 'a proxy', 'none'],
    [
      'with an odd switch',
      cluster({ 'insecure-skip-tls-verify': 'yes' }),
      'FILE: clusters[dev].cluster.insecure-skip-tls-verify',
      '"yes" (text)',
      'true or false',
    ],
    [
      'whose authority is no PEM',
      cluster({ 'certificate-authority-data': 'abc' }),
      'FILE: clusters[dev].cluster.certificate-authority-data',
      'something else',
      'a PEM CERTIFICATE in base64',
    ],
    [
      'whose authority is not there',
      cluster({ 'certificate-authority': 'ca.pem' }),
      'FILE: clusters[dev].cluster.certificate-authority',
      '/ca.pem (ENOENT)',
      'a file that can be read',
    ],
    [
      'with a key alone',
      user({ 'client-key-data': base64(clientKeyPem) }),
      'FILE: users[ada].user',
      'client-key alone',
      'add client-certificate or client-certificate-data',
    ],
    [
      'with a certificate alone',
      user({ 'client-certificate-data': base64(clientPem) }),
      'FILE: users[ada].user',
      'client-certificate alone',
      'add client-key',
    ],
    [
      'whose key is a certificate',
      user({ 'client-key-data': base64(clientPem), 'client-certificate-data': base64(clientPem) }),
      'FILE: users[ada].user.client-key-data',
      'something else',
      'a PEM PRIVATE KEY in base64',
    ],
    [
      'with a password',
      user({ username: 'ada', password: 'secret' }),
      'FILE: users[ada].user.username',
      'a field of this name',
      'API servers since 1.19 accept no passwords',
    ],
    [
      'with an auth-provider',
      user({ 'auth-provider': { name: 'gcp' } }),
      'FILE: users[ada].user.auth-provider',
      'a field of this name',
      'use an exec plugin instead',
    ],
    [
      'that acts as another',
      user({ token: 't', as: 'root' }),
      'FILE: users[ada].user.as',
      'a field of this name',
      'use a context of that user',
    ],
    ['whose token is a number', user({ token: 7 }), 'FILE: users[ada].user.token', '7 (number)', 'a string'],
    [
      'whose plugin is of an old version',
      user({ exec: { apiVersion: 'client.authentication.k8s.io/v1alpha1', command: 'x' } }),
      'FILE: users[ada].user.exec.apiVersion',
      '"client.authentication.k8s.io/v1alpha1" (text)',
      'update the plugin',
    ],
    [
      'whose plugin has no command',
      user({ exec: { apiVersion: 'client.authentication.k8s.io/v1' } }),
      'FILE: users[ada].user.exec.command',
      'nothing',
      'the name or path of a program',
    ],
    [
      'whose plugin has odd arguments',
      user({ exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'x', args: 'y' } }),
      'FILE: users[ada].user.exec.args',
      '"y" (text)',
      'a list of strings',
    ],
    [
      'whose plugin has an odd environment',
      user({ exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'x', env: [{ name: 'A' }] } }),
      'FILE: users[ada].user.exec.env',
      'something else',
      'a list of objects with name and value',
    ],
    [
      'whose plugin is a text',
      user({ exec: 'aws' }),
      'FILE: users[ada].user.exec',
      '"aws" (text)',
      'an object with apiVersion and command',
    ],
  ])('%s is answered with the place and what is wrong', async (_what, content, where, given, rest) => {
    const opened = shell();
    const path = opened.file('.kube/config', content);
    const { exitCode, stdout, stderr } = await opened.run('status chat');
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    const [first, second] = stderr.split('\n');
    expect(first).toBe(`error ${where.replace('FILE', path)}`);
    expect(second).toContain(given);
    expect(stderr).toContain(rest);
    expect(stderr).not.toContain('secret');
  });

  it.each([
    ['status chat', {}, '/.kube/config', 'no file there'],
    ['status chat --kubeconfig gone', {}, '/gone', 'no file there'],
    ['status chat --kubeconfig .', {}, '', 'a file that cannot be read (EISDIR)'],
    ['status chat', { KUBECONFIG: 'a:b' }, undefined, 'no file at a, b'],
  ])('%s with %j that is not there is reported', async (command, environment, place, given) => {
    const { run, directory } = shell();
    const { exitCode, stderr } = await run(command, { environment: { HOME: directory, ...environment } });
    expect(exitCode).toBe(2);
    expect(stderr.split('\n')[0]).toBe(`error ${place === undefined ? 'KUBECONFIG' : `${directory}${place}`}`);
    expect(stderr.split('\n')[1]).toBe(`  given     ${given}`);
  });

  it('whose token file is gone ends the command with exit code 1', async () => {
    const { api, ...rest } = await world();
    const { exitCode, stderr } = await statusWith(rest, kubeconfigOf(api.endpoint, { tokenFile: 'gone' }));
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`error ${rest.directory}/.kube/gone\n  given     a token file that cannot be read (ENOENT)\n`);
  });
});
