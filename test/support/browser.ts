import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { PROGRAM_PATH } from './client.ts';

/** Chromium without the windows of a desktop: a page takes half of the processor time. */
const EXECUTABLE = Bun.which('chromium-headless-shell', { PATH: PROGRAM_PATH });
const WHY = 'chromium-headless-shell not installed: run script/clients';

/** A name for this machine that browsers do not take for it: over plain HTTP they trust it less. */
export const BY_NAME = 'postern.test';

/** One for all files of a test process: to start a browser, and its first page, takes two seconds of the processor. */
let browser: Promise<Browser> | undefined;

/**
 * Debian's Chromium. As root it has no sandbox of its own; it opens our pages alone. It ends with this process, however
 * that ends: it reads from a pipe that is then closed.
 */
export function launchBrowser(): Promise<Browser> {
  browser ??= launch();
  return browser;
}

async function launch(): Promise<Browser> {
  if (EXECUTABLE === null) throw new Error(WHY);
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox', '--disable-dev-shm-usage'] : [];
  const launched = await chromium.launch({
    executablePath: EXECUTABLE,
    // A signal ends this process at once, as without a browser.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    args: [...asRoot, '--disable-gpu', `--host-resolver-rules=MAP ${BY_NAME} 127.0.0.1`],
  });
  launched.on('disconnected', () => {
    browser = undefined;
  });
  return launched;
}

/** A `test` for stories in a browser. Without a browser the story is skipped, visibly; in CI it fails. */
export function inBrowser() {
  return (name: string, story: () => Promise<void>, timeoutMs = 120_000): void => {
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
    /** Sends the form of the sign-in page, which the walk through the pages fills in. The page stays where it is. */
    async signIn(username: string, password: string): Promise<void> {
      const answer = await context.request.post('/users/sign_in', {
        form: { login: username, password },
        headers: { Origin: base },
        maxRedirects: 0,
      });
      if (answer.status() !== 303) throw new Error(`the sign-in of ${username} was answered ${answer.status()}`);
    },
    expectNoComplaints: () => expect(complaints).toEqual([]),
    [Symbol.asyncDispose]: () => context.close(),
  };
}

/** WCAG 2.2 AA, as far as a program can tell, in both colour schemes and with everything unfolded. */
export async function expectAccessible(page: Page): Promise<void> {
  await expectNoViolation(page, 'light', ALL_RULES);
  // Only colours differ between the schemes.
  await expectNoViolation(page, 'dark', COLOUR_RULES);
  await page.emulateMedia({ colorScheme: 'light' });
}

/** Nothing is wider than the window. */
export async function expectNoOverflow(page: Page): Promise<void> {
  const width = await page.evaluate<number>('document.documentElement.scrollWidth');
  expect(width, page.url()).toBeLessThanOrEqual(page.viewportSize()?.width ?? 0);
}

/** On a desk and on a phone the page is accessible, and not wider than the window. The phone has the dark colours. */
export async function expectFits(page: Page): Promise<void> {
  for (const [size, colorScheme] of [
    [PHONE, 'dark'],
    [DESK, 'light'],
  ] as const) {
    await page.setViewportSize(size);
    await expectNoViolation(page, colorScheme, ALL_RULES);
    await expectNoOverflow(page);
  }
}

const ALL_RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const COLOUR_RULES = ['color-contrast', 'link-in-text-block'];

/** The minified text: the other is twice as long, and sending and compiling it takes longer than the check. */
const AXE = readFileSync(new URL(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

/** @param rules tags of rules, or their ids. */
async function expectNoViolation(page: Page, colorScheme: 'light' | 'dark', rules: readonly string[]): Promise<void> {
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
  const found = await violationsOf(page, rules);
  expect({ colorScheme, url: page.url(), found }).toEqual({ colorScheme, url: page.url(), found: [] });
}

/** The checker is put in by the debugger, past the policy that keeps pages from running it. */
async function violationsOf(page: Page, rules: readonly string[]): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  const evaluate = async (expression: string) => {
    const { result } = await session.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    return result.value as unknown;
  };
  try {
    await evaluate('document.querySelectorAll("details").forEach((one) => { one.open = true; })');
    if (!(await evaluate('"axe" in globalThis'))) await evaluate(AXE);
    const options = { runOnly: rules, resultTypes: ['violations'] };
    const run = `axe.run(${JSON.stringify(options)}).then(({ violations }) =>
      violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => id + ': ' + html.slice(0, 200) + ' ' + failureSummary)))`;
    return (await evaluate(run)) as string[];
  } finally {
    await session.detach();
  }
}
