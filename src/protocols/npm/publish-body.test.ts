import { beforeAll, expect, test } from 'bun:test';
import type { TestApp } from '../../../test/support/app.ts';
import { onEachApp } from '../../../test/support/on-each-app.ts';
import { readPublishBody } from './publish-body.ts';

onEachApp('the body of a publication', (started) => {
  let app: TestApp;
  let project: Awaited<ReturnType<TestApp['seed']['project']>>;
  beforeAll(async () => {
    app = await started;
    project = await app.seed.project(await app.seed.group());
  });

  const read = (body: string) =>
    readPublishBody(
      app.services.packages,
      project,
      new Request('http://postern.test/', { method: 'PUT', body }),
      1_000_000,
    );

  test('is held whole of one version, and of further ones whether they are deprecated', async () => {
    const manifest = (version: string) => ({ version, scripts: { test: 'x' }, dist: { tarball: 'here' } });
    const document = {
      name: 'many',
      'dist-tags': { latest: '3.0.0' },
      time: { '1.0.0': { versions: 'kept' } },
      versions: {
        '1.0.0': { ...manifest('1.0.0'), deprecated: 'old' },
        '2.0.0': { ...manifest('2.0.0'), deprecated: 'older' },
        '3.0.0': manifest('3.0.0'),
        '4.0.0': { ...manifest('4.0.0'), deprecated: '' },
        '5.0.0': null,
      },
    };
    expect(await read(JSON.stringify(document))).toEqual({
      attachments: [],
      document: {
        ...document,
        versions: {
          '1.0.0': document.versions['1.0.0'],
          ...{ '2.0.0': { deprecated: 'older' }, '3.0.0': {}, '4.0.0': { deprecated: '' }, '5.0.0': null },
        },
      },
    });
  });
});
