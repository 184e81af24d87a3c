import { isDeepStrictEqual } from 'node:util';
import { fromPairs } from '../../../src/api/body.ts';
import { parsePairs } from '../../../src/http/bodies/parse-pairs.ts';
import { readForm } from '../../../src/http/bodies/read-form.ts';
import { parseJson } from '../../../src/lib/bounded-json.ts';
import { parseXml } from '../../../src/lib/guarded-xml.ts';
import { gunzipBody } from '../../../src/lib/gunzip-body.ts';
import { readJsonWithAttachments } from '../../../src/lib/json-attachments.ts';
import { pluginProperties, pluginsIn } from '../../../src/protocols/maven/plugins.ts';
import type { Choices } from '../choices.ts';
import { type FuzzTarget, mustHold } from '../fuzz.ts';
import { inChunks, jsonValue, mutateBytes, mutateJson, mutateText } from '../mutate.ts';
import { sendable } from '../scene.ts';

const json: FuzzTarget = {
  name: 'JSON of a body',
  open: () => (choices) => {
    const text = Buffer.from(JSON.stringify(jsonValue(choices, 5)));
    const value = parseJson(choices.try(mutateBytes(choices, text)), { fatal: choices.chance(0.5) });
    const again = parseJson(Buffer.from(JSON.stringify(value)));
    mustHold(isDeepStrictEqual(again, JSON.parse(JSON.stringify(value))), 'the printed value is another one');
  },
};

const DOCUMENT = {
  name: 'p',
  'dist-tags': { latest: '1.0.0' },
  time: { created: 'x', modified: ['y'] },
  versions: { '1.0.0': { name: 'p', deprecated: '' }, '1.0.1': { dist: { shasum: 'x' }, deprecated: 'no' } },
  _attachments: { 'p-1.0.0.tgz': { data: 'YWJjZA==', length: 4 }, other: { data: 'x' } },
};

const attachments: FuzzTarget = {
  name: 'JSON with attachments',
  open: () => async (choices) => {
    const text = JSON.stringify(mutateJson(choices, DOCUMENT), null, choices.below(2));
    const body = choices.try(choices.chance(0.5) ? Buffer.from(text) : mutateBytes(choices, Buffer.from(text)));
    const read = () =>
      readJsonWithAttachments(inChunks(choices, body), {
        maxBytes: 4096,
        maxParsed: 2048,
        maxItems: 100,
        keys: [(key) => key === '_attachments', (key) => key.endsWith('.tgz'), (key) => key === 'data'],
        leaveOut: ([first, , third]) => first === 'time' || (first === 'versions' && third === 'dist'),
        take: async (keys, bytes) => [...keys, Buffer.concat(await Array.fromAsync(bytes)).toString('hex')],
      });
    const first = await read();
    mustHold(isDeepStrictEqual(await read(), first), 'other chunks of one body are read as another document');
  },
};

const pairs: FuzzTarget = {
  name: 'form, pairs',
  open: () => (choices) => {
    const word = () => mutateText(choices, choices.pick(['a', 'name', 'scopes[]', 'a[b]', 'a[b][c]', '[]', 'x%20y']));
    const text = choices.words(6, () => `${word()}${choices.pick(['=', '', '=='])}${word()}`, choices.pick(['&', ';']));
    const many = choices.chance(0.05) ? '&'.repeat(choices.below(8192)) : '';
    const read = fromPairs(parsePairs(choices.try(text + many)));
    mustHold(Object.getPrototypeOf(read) === null, 'the object has a prototype');
    mustHold(({} as Record<string, unknown>)['a'] === undefined, 'every object has a new property');
  },
};

const BOUNDARY = 'x-boundary';

function formText(choices: Choices): string {
  const line = (text: string) => (choices.chance(0.1) ? mutateText(choices, text) : text);
  const field = () => {
    const name = line(choices.pick(['name', 'version', 'content', 'a']));
    const file = choices.chance(0.3) ? `; ${choices.pick(['filename', 'filename*'])}="${line('a-1.0.zip')}"` : '';
    const type = choices.chance(0.3) ? `Content-Type: ${line('text/plain; charset=utf-8')}\r\n` : '';
    const head = line(`Content-Disposition: form-data; name="${name}"${file}`);
    return `--${line(BOUNDARY)}\r\n${head}\r\n${type}\r\n${choices.oddText()}\r\n`;
  };
  return `${choices.words(4, field)}--${BOUNDARY}--${choices.pick(['', '\r\n', 'x'])}`;
}

const multipart: FuzzTarget = {
  name: 'form, multipart',
  open: () => async (choices) => {
    const type = `multipart/form-data; boundary=${choices.pick([BOUNDARY, `"${BOUNDARY}"`])}`;
    const headers = new Headers({ 'Content-Type': sendable(choices.chance(0.1) ? mutateText(choices, type) : type) });
    const body = choices.try(mutateBytes(choices, Buffer.from(formText(choices))));
    const read = () =>
      readForm({ headers, body: inChunks(choices, body) }, async (file, bytes) => [
        file,
        Buffer.concat(await Array.fromAsync(bytes)).toString('hex'),
      ]);
    const first = await read();
    mustHold(isDeepStrictEqual(await read(), first), 'other chunks of one body are read as another form');
  },
};

const METADATA = `<?xml version="1.0" encoding="UTF-8"?>
<metadata xmlns="http://maven.apache.org/METADATA/1.1.0"><groupId>com.example</groupId><artifactId>a</artifactId>
<plugins><plugin><name>A &amp; b</name><prefix>a</prefix><artifactId>a-maven-plugin</artifactId></plugin></plugins>
<versioning><latest>1.0</latest><versions><version>1.0</version></versions></versioning><!-- c --></metadata>`;
const MARKUP = [
  '<',
  '>',
  '</',
  '/>',
  '<!',
  '<!--',
  '-->',
  '<![CDATA[',
  ']]>',
  '<?',
  '?>',
  '&',
  '&#',
  '&#x110000;',
  '&amp;',
  '<a ',
  'a="',
  '<plugin>',
  '</plugin>',
  '<__proto__>',
  '<constructor/>',
  '<!DOCTYPE a [',
];

const xml: FuzzTarget = {
  name: 'XML',
  open: () => (choices) => {
    const markup = () => choices.words(8, () => choices.pick([...MARKUP, choices.oddText()]));
    const at = choices.below(METADATA.length);
    const spliced = METADATA.slice(0, at) + markup() + METADATA.slice(at + choices.below(3));
    const text = choices.pick([() => mutateText(choices, METADATA), () => spliced, markup])();
    const properties = pluginProperties(parseXml(choices.try(text)));
    pluginsIn([new Map(Object.entries(properties))]);
  },
};

const gzip: FuzzTarget = {
  name: 'gzip of a body',
  open: () => {
    const samples = [Bun.gzipSync('text'.repeat(50)), Bun.gzipSync(Buffer.alloc(100_000))];
    return async (choices) => {
      const body = choices.try(mutateBytes(choices, choices.pick(samples)));
      for await (const _ of gunzipBody(inChunks(choices, body)));
    };
  },
};

export const BODIES: readonly FuzzTarget[] = [json, attachments, pairs, multipart, xml, gzip];
