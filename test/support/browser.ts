import { afterAll, expect, test } from 'bun:test';
import axe from 'axe-core';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { PROGRAM_PATH } from './client.ts';

const EXECUTABLE = Bun.which('chromium', { PATH: PROGRAM_PATH });
const WHY = 'chromium not installed: run script/clients';

/** A name for this machine that browsers do not take for it: over plain HTTP they trust it less. */
export const BY_NAME = 'postern.test';

/** One for all suites of a file: starting it takes a second of the processor. */
let browser: Promise<Browser> | undefined;
let suites = 0;

/** Debian's Chromium. As root it has no sandbox of its own; it opens our pages alone. */
export function launchBrowser(): Promise<Browser> {
  if (EXECUTABLE === null) throw new Error(WHY);
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox', '--disable-dev-shm-usage'] : [];
  browser ??= chromium.launch({
    executablePath: EXECUTABLE,
    args: [...asRoot, `--host-resolver-rules=MAP ${BY_NAME} 127.0.0.1`],
  });
  return browser;
}

/**
 * A `test` for stories in a browser. Where there is none the story is skipped, visibly; in CI it fails. To be called in
 * the suite that uses it: when the last one of the file is over, so is the browser.
 */
export function inBrowser() {
  // The suites of a file are all gone through before the first of them runs.
  suites += 1;
  afterAll(async () => {
    suites -= 1;
    if (suites > 0) return;
    const open = browser;
    browser = undefined;
    await (await open)?.close();
  });
  return (name: string, story: () => Promise<void>, timeoutMs = 60_000): void => {
    const fail = () => {
      throw new Error(WHY);
    };
    if (EXECUTABLE !== null) test(name, story, timeoutMs);
    else if (process.env['CI'] === 'true') test(name, fail);
    else test.skip(`${name} (${WHY})`, story);
  };
}

export const PHONE = { width: 360, height: 740 };
export const DESK = { width: 1280, height: 900 };

export type Visitor = Awaited<ReturnType<typeof openVisitor>>;

/**
 * Someone before a browser of their own: no cookie or history is shared. Whatever a page does that its content security
 * policy forbids, whatever throws in it or cannot be loaded, is in `complaints`; `expectNoComplaints` at the end of a
 * story.
 */
export async function openVisitor(base: string, options: BrowserContextOptions = {}) {
  const context: BrowserContext = await (await launchBrowser()).newContext({
    baseURL: base,
    viewport: DESK,
    permissions: ['clipboard-read', 'clipboard-write'],
    ...options,
  });
  const page: Page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`threw ${error.message}`));
  page.on('console', (message) => {
    // A status of 400 or more is reported here too: stories look at those themselves.
    // Over plain HTTP browsers take no notice of one header, and say so.
    const known = /Failed to load resource|Cross-Origin-Opener-Policy header has been ignored/;
    if (message.type() === 'error' && !known.test(message.text())) complaints.push(message.text());
  });
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText ?? '';
    // Going back to the answer to a form, which no browser keeps: it asks its user before it sends the form again.
    if (why !== 'net::ERR_ABORTED' && why !== 'net::ERR_CACHE_MISS') complaints.push(`${request.url()} ${why}`);
  });
  return {
    context,
    page,
    async signIn(username: string, password: string): Promise<void> {
      await page.goto('/users/sign_in');
      await page.getByLabel('User name or e-mail').fill(username);
      await page.getByLabel('Password').fill(password);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.waitForURL((url) => url.pathname !== '/users/sign_in');
    },
    expectNoComplaints: () => expect(complaints).toEqual([]),
    [Symbol.asyncDispose]: () => context.close(),
  };
}

/** WCAG 2.2 AA, as far as a program can tell, in both colour schemes and with everything unfolded. */
export async function expectAccessible(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const found = await violationsOf(page);
    expect({ colorScheme, url: page.url(), found }).toEqual({ colorScheme, url: page.url(), found: [] });
  }
  await page.emulateMedia({ colorScheme: 'light' });
}

/** Nothing is wider than the window. */
export async function expectNoOverflow(page: Page): Promise<void> {
  const width = await page.evaluate<number>('document.documentElement.scrollWidth');
  expect(width, page.url()).toBeLessThanOrEqual(page.viewportSize()?.width ?? 0);
}

/** On a desk and on a phone the page is accessible, and not wider than the window. */
export async function expectFits(page: Page): Promise<void> {
  for (const size of [PHONE, DESK]) {
    await page.setViewportSize(size);
    await expectAccessible(page);
    await expectNoOverflow(page);
  }
}

/** The checker is put in by the debugger, past the policy that keeps pages from running it. */
async function violationsOf(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  const evaluate = async (expression: string) => {
    const { result } = await session.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    return result.value as unknown;
  };
  try {
    await evaluate('document.querySelectorAll("details").forEach((one) => { one.open = true; })');
    await evaluate(`if (!globalThis.axe) { ${axe.source} }`);
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const run = `axe.run({ runOnly: ${JSON.stringify(tags)} }).then(({ violations }) =>
      violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => id + ': ' + html.slice(0, 200) + ' ' + failureSummary)))`;
    return (await evaluate(run)) as string[];
  } finally {
    await session.detach();
  }
}
