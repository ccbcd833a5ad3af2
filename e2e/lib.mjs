// What every script shares: a browser that notices complaints, steps that are reported line by line, and looks at a page.
import { chromium } from 'playwright-core';
import { AxeBuilder } from '@axe-core/playwright';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

export const args = JSON.parse(process.argv[2]);

const say = (line) => process.stdout.write(JSON.stringify(line) + '\n');

// fact tells the Go test something that it goes on with.
export const fact = (name, text) => say({ Fact: name, Text: String(text) });

// must ends a step with words of our own.
export function must(condition, message) {
  if (!condition) throw new Error(message);
}

let current; // the page that is being looked at, for the picture of a failure

// at says which page that is.
export function at(page) { current = page; }

// step does one thing and reports it. A later step builds on it, so a failure ends the script. Refused are the statuses
// of answers that the step is about: the browser logs them as errors.
export async function step(name, work, refused = []) {
  expected = refused;
  try {
    const result = await work();
    complaints();
    say({ Step: name });
    return result;
  } catch (error) {
    const where = current ? ` (on ${current.url()})` : '';
    await current?.screenshot({ path: join(args.artifacts, 'failure.png'), fullPage: true }).catch(() => {});
    say({ Step: name, Fail: `${error.message}${where}` });
    throw error;
  }
}

// check does one thing and reports it; the script goes on after a failure.
export async function check(name, work, refused) {
  try { await step(name, work, refused); } catch { failed = true; heard.length = 0; }
}
let failed = false;

// What the console, the network and the content security policy complained of since the last step.
const heard = [];
let expected = [];

// complaints fails where there are any.
export function complaints() {
  const list = heard.splice(0);
  must(list.length === 0, `the page complained: ${list.join('; ')}`);
}

function listen(page) {
  page.on('console', (m) => {
    if (!['error', 'warning'].includes(m.type())) return;
    if (expected.some((s) => m.text().includes(`status of ${s} `))) return;
    heard.push(`console ${m.type()}: ${m.text()}`);
  });
  page.on('pageerror', (e) => heard.push(`script: ${e.message}`));
  page.on('requestfailed', (r) => {
    const why = r.failure()?.errorText ?? '';
    if (why !== 'net::ERR_ABORTED') heard.push(`${r.method()} ${r.url()}: ${why}`);
  });
  page.on('response', (r) => {
    if (r.status() >= 400 && !expected.includes(r.status())) heard.push(`${r.status()} for ${r.url()}`);
  });
}

const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage', '--force-color-profile=srgb'];

// drive opens a browser for a script, and always closes it.
export async function drive(work) {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags });
  try {
    await work(browser);
    say({ End: true });
  } catch (error) {
    failed = true;
    process.stderr.write(`${error.stack}\n`);
  } finally {
    await browser.close();
  }
  process.exitCode = failed ? 1 : 0;
}

// open gives a page of a context of its own: nobody is signed in there.
export async function open(browser, options = {}) {
  const context = await browser.newContext({ baseURL: args.base, viewport: { width: 1280, height: 800 }, locale: 'en-GB',
    timezoneId: 'UTC', reducedMotion: 'reduce', acceptDownloads: true, ...options });
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  listen(page);
  current = page;
  return page;
}

// enter follows the one-time link, whose page has the button that uses it.
export async function enter(page) {
  await page.goto(args.link);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('**/instances');
}

// picture keeps how a page looks, down to a height, where pictures are asked for.
export async function picture(page, name, { dark = false, height = 2000 } = {}) {
  if (!args.screenshots) return;
  await mkdir(args.screenshots, { recursive: true });
  await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light', reducedMotion: 'reduce' });
  await page.mouse.move(0, 0);
  const size = await page.evaluate(() => ({ width: document.documentElement.clientWidth, height: document.documentElement.scrollHeight }));
  await page.screenshot({ path: join(args.screenshots, `${name}.png`), fullPage: true, animations: 'disabled',
    clip: { x: 0, y: 0, width: size.width, height: Math.min(height, size.height) } });
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
}

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

// accessible fails on anything that axe finds against WCAG 2.2 AA. In another colour scheme only colours can differ.
export async function accessible(page, { onlyColours = false } = {}) {
  // One frame, and only what is wrong in full: several times as fast.
  const axe = new AxeBuilder({ page }).setLegacyMode(true);
  const some = onlyColours ? { runOnly: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] } }
    : { runOnly: { type: 'tag', values: rules }, rules: { 'target-size': { enabled: true } } };
  const { violations, passes } = await axe.options({ ...some, resultTypes: ['violations'] }).analyze();
  must(passes.length > 0, 'axe checked nothing');
  const node = (n) => `${n.html.slice(0, 200)} ${[...n.any, ...n.all, ...n.none].map((a) => a.message).join(' ')}`;
  const list = violations.map((v) => `${v.id}: ${v.help}; ${v.nodes.slice(0, 3).map(node).join(' | ')}`);
  must(list.length === 0, list.join('\n'));
}

// fits fails where the page's body scrolls sideways, and names what sticks out. What scrolls in a frame of its own may.
export async function fits(page) {
  const wide = await page.evaluate(() => {
    const room = document.documentElement.clientWidth;
    if (document.scrollingElement.scrollWidth <= room) return '';
    const held = (e) => { for (let p = e.parentElement; p; p = p.parentElement) if (getComputedStyle(p).overflowX !== 'visible') return true; return false; };
    const out = [...document.body.querySelectorAll('*')].filter((e) => e.getBoundingClientRect().right > room + 1 && !held(e));
    return `${document.scrollingElement.scrollWidth} wide in ${room}: ` + out.slice(-4).map((e) => e.outerHTML.slice(0, 160)).join(' | ');
  });
  must(wide === '', `the page scrolls sideways: ${wide}`);
}

// usableByKeyboard walks from the skip link on: it works, every stop shows that it has the focus and is in view, and the
// order goes down the page, or on to the right.
export async function usableByKeyboard(page, stops = 25) {
  await fromTheTop(page);
  await page.keyboard.press('Tab');
  const first = await stop(page);
  must(first.href === '#content' && first.inView && first.shown, `the first stop is no visible skip link: ${first.html}`);
  await page.keyboard.press('Enter');
  must(await page.evaluate(() => document.activeElement.id === 'content'), 'the skip link does not lead to the content');
  await fromTheTop(page);
  await page.keyboard.press('Tab');
  for (let n = 0, before = first; n < stops; n++) {
    await page.keyboard.press('Tab');
    const now = await stop(page);
    if (!now.html || now.href === first.href) return; // past the last stop, or around to the first
    must(now.shown, `the focus does not show on ${now.html}`);
    must(now.inView, `the focus is out of view on ${now.html}`);
    must(n === 0 || now.bottom > before.top || now.left >= before.right, `the focus goes up from ${before.html} to ${now.html}`);
    before = now;
  }
}

// fromTheTop puts the focus where it is when a page has just been opened, whatever the page itself has focused.
const fromTheTop = (page) => page.evaluate(() => {
  window.scrollTo(0, 0);
  document.body.tabIndex = -1;
  document.body.focus();
  document.body.removeAttribute('tabindex');
});

// stop describes what has the focus; html is empty once the focus has left the page.
const stop = (page) => page.evaluate(() => {
  const e = document.activeElement;
  if (!e || e === document.body) return { html: '' };
  const style = getComputedStyle(e), box = e.getBoundingClientRect();
  const outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  return { html: e.outerHTML.slice(0, 160), href: e.getAttribute('href'), shown: outlined || style.boxShadow !== 'none',
    inView: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    top: box.top + scrollY, bottom: box.bottom + scrollY, left: box.left, right: box.right };
});
