import { expect, test } from 'bun:test';
import { basic, privateToken } from '../../test/support/app.ts';
import { parseExposition } from '../../test/support/exposition.ts';
import { onEachApp } from '../../test/support/on-each-app.ts';
import { BUCKETS } from './request-counts.ts';

onEachApp('the log of requests', (started) => {
  /** The line of one request, found by the id that its answer carries. */
  const lineOf = async (response: Response): Promise<Record<string, unknown>> => {
    const { lines } = await started;
    const line = lines.find((text) => text.includes(`"request_id":"${response.headers.get('x-request-id')}"`));
    return JSON.parse(line ?? '{}');
  };

  test('has one line: who, what, how it ended, how much and how long', async () => {
    const { seed, fetch } = await started;
    const user = await seed.user({ admin: true });
    const response = await fetch('/api/v4/deploy_tokens', { headers: privateToken(user.token) });
    const bytes = (await response.arrayBuffer()).byteLength;
    expect(await lineOf(response)).toMatchObject({
      msg: 'request',
      protocol: 'api',
      method: 'GET',
      route: '/api/v4/deploy_tokens',
      status: 200,
      actor: 'user',
      actor_id: user.id,
      authentication: 'personal_token_active',
      outcome: 'allowed',
      bytes,
      ms: expect.any(Number),
    });
  });

  test('says why a request was refused', async () => {
    const { seed, fetch } = await started;
    const project = await seed.project(await seed.group());
    const token = await seed.deployToken(project, { scopes: ['read_registry'] });
    const response = await fetch(`/${project.full_path}.git/info/refs?service=git-upload-pack`, {
      headers: basic(token.username, token.secret),
    });
    expect(await lineOf(response)).toMatchObject({
      actor: 'deployToken',
      actor_id: token.id,
      outcome: 'missing_scope',
    });
  });

  test('counts the bytes of what is streamed, and of HEAD none', async () => {
    const { seed, fetch } = await started;
    const project = await seed.project(await seed.group());
    const token = await seed.deployToken(project);
    const url = `/${project.full_path}.git/info/refs?service=git-upload-pack`;
    const whole = await fetch(url, { headers: basic(token.username, token.secret) });
    const { byteLength } = await whole.arrayBuffer();
    expect(byteLength).toBeGreaterThan(0);
    expect(await lineOf(whole)).toMatchObject({ bytes: byteLength });
    const head = await fetch('/-/health', { method: 'HEAD' });
    expect([await head.text(), head.headers.get('content-length')]).toEqual(['', '15']);
    expect(await lineOf(head)).toMatchObject({ method: 'HEAD', bytes: 0 });
  });

  test('holds no secret: not of a header, an address or a body', async () => {
    const { seed, fetch, lines } = await started;
    const project = await seed.project(await seed.group());
    const token = await seed.deployToken(project);
    const user = await seed.user();
    await fetch(`/${project.full_path}.git/info/refs?service=git-upload-pack&private_token=${user.token}`, {
      headers: basic(token.username, token.secret),
    });
    await fetch(`/api/v4/projects/${project.id}?private_token=${user.token}`);
    await fetch(`/${user.token}/${token.secret}`);
    const all = lines.join('\n');
    expect(all).not.toContain(token.secret);
    expect(all).not.toContain(user.token);
  });

  test('metrics count requests by route and status, time, git processes and token checks', async () => {
    const { fetch } = await started;
    await fetch('/-/health');
    await fetch('/api/v4/deploy_tokens', { headers: privateToken('glpat-nonsense') });
    const text = await (await fetch('/-/metrics')).text();
    expect(text).toMatch(
      /^postern_http_requests_total\{protocol="health",method="GET",route="\/-\/health",status="200"\} \d+$/m,
    );
    expect(text).toMatch(
      /^postern_http_request_duration_seconds_bucket\{le="0\.5",protocol="health".*route="\/-\/health"\} \d+$/m,
    );
    expect(text).toMatch(/^postern_git_processes\{state="running"\} 0$/m);
    expect(text).toMatch(/^postern_token_checks_total\{outcome="personal_token_malformed"\} 1$/m);
  });

  test('metrics are in the text format of Prometheus, with whole histograms', async () => {
    const { seed, fetch } = await started;
    const user = await seed.user({ admin: true });
    for (let i = 0; i < 3; i++) await fetch('/api/v4/deploy_tokens', { headers: privateToken(user.token) });
    const families = parseExposition(await (await fetch('/-/metrics')).text());
    const requests = families.get('postern_http_requests_total');
    const durations = families.get('postern_http_request_duration_seconds');
    expect([requests?.type, durations?.type]).toEqual(['counter', 'histogram']);
    const labels = { protocol: 'api', method: 'GET', route: '/api/v4/deploy_tokens' };
    const seriesOf = (name: string) =>
      durations?.samples.filter((sample) => sample.name === name && Bun.deepMatch(labels, sample.labels)) ?? [];
    const buckets = seriesOf('postern_http_request_duration_seconds_bucket');
    expect(buckets.map((bucket) => bucket.labels['le'])).toEqual([...BUCKETS.map(String), '+Inf']);
    const counts = buckets.map(({ value }) => value);
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
    const answered = requests?.samples.filter((sample) => Bun.deepMatch(labels, sample.labels)) ?? [];
    const all = answered.reduce((sum, { value }) => sum + value, 0);
    expect(all).toBeGreaterThanOrEqual(3);
    const [count] = seriesOf('postern_http_request_duration_seconds_count');
    const [sum] = seriesOf('postern_http_request_duration_seconds_sum');
    expect([counts.at(-1), count?.value]).toEqual([all, all]);
    expect(sum?.value).toBeGreaterThan(0);
    expect(families.get('process_resident_memory_bytes')?.samples).toHaveLength(1);
  });
});
