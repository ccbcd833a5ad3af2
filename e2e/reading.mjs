// Reading an instance, as people see it: how far it has come, without loading a page anew; left and come back to; cancelled; without script.
import { args, drive, open, step, must, accessible, fits, picture } from './lib.mjs';

const flows = `/instances/${args.instance}/flows`;
const cookies = JSON.parse(args.cookies);
const strip = (page) => page.locator('#reading');
const drafts = /Looking for unpublished drafts: (\d+) of \d+/;

// count is how many drafts the strip says were looked at.
const count = async (page) => Number((await strip(page).innerText()).match(drafts)?.[1] ?? -1);

await drive(async (browser) => {
  const page = await open(browser);
  await page.context().addCookies(cookies);

  // As over a slow line: htmx is there for long before what opens streams is.
  await page.route('**/hx-sse.*', async (route) => {
    await page.waitForTimeout(500); // there is nothing to wait for
    await route.continue();
  });

  await step('A first visit shows how far the reading is, and that the page may be left', async () => {
    await page.goto(flows);
    await page.getByText('You can leave this page; the reading goes on.').waitFor();
    must(await page.getByRole('progressbar').count() === 1, 'there is no progress bar');
    must(await page.getByText(/^Asked for by ann, /).count() === 1, 'it does not say who asked');
    must(await page.locator('#flows').count() === 0, 'there is a table without a reading');
    await accessible(page);
    await picture(page, 'reading-first');
  });

  await step('The list of instances says so, too, and goes on by itself', async () => {
    const other = await page.context().newPage();
    await other.goto('/instances');
    must(await other.getByRole('progressbar').count() === 1, 'there is no progress bar');
    await other.evaluate(() => { window.same = document.querySelector('td label').textContent; });
    await other.waitForFunction(() => window.same && document.querySelector('td label')?.textContent !== window.same);
    await accessible(other);
    await picture(other, 'reading-instances');
    await other.close();
  });

  await step('The flows come by themselves, without a page load', async () => {
    await page.evaluate(() => { window.same = true; });
    await page.locator('#flows tbody tr').first().waitFor({ timeout: 90_000 });
    must(await page.evaluate(() => window.same), 'the page was loaded anew');
    must(await page.getByRole('heading', { level: 1 }).count() === 1, 'the page is there twice');
    must(await page.locator('main').count() === 1, 'main is there twice');
  });

  await step('Drafts are counted while they are looked at; the focus stays, and not every count is announced', async () => {
    await page.getByText(drafts).first().waitFor();
    await picture(page, 'reading-drafts');
    await picture(page, 'reading-drafts-dark', { dark: true });
    await accessible(page);
    await page.evaluate(() => {
      window.said = []; window.shown = [];
      const note = (id, list) => { const t = document.getElementById(id)?.textContent; if (t && list.at(-1) !== t) list.push(t); };
      const region = document.getElementById('reading-said');
      new MutationObserver(() => {
        note('reading-said', window.said);
        note('reading-run', window.shown);
        window.kept ??= true;
        const now = document.getElementById('reading-said');
        if (now && now !== region) window.kept = false;
      }).observe(document.getElementById('reading'), { subtree: true, childList: true, characterData: true, attributes: true });
    });
    await page.getByRole('checkbox', { name: 'Select Sales', exact: true }).check();
    await page.locator('#reading-cancel').focus();
    const before = await count(page);
    await page.waitForFunction((n) => Number(document.getElementById('reading')?.innerText.match(/drafts: (\d+) of/)?.[1] ?? 99) > n + 3, before);
    must(await page.evaluate(() => document.activeElement.id) === 'reading-cancel', 'the focus was lost');
  });

  await step('At the end a notice has a link; the table and the selection stay', async () => {
    await page.getByText('The instance was read anew').waitFor({ timeout: 60_000 });
    must(await page.getByRole('checkbox', { name: 'Select Sales', exact: true }).isChecked(), 'the selection was lost');
    const { said, shown, kept } = await page.evaluate(() => ({ said: window.said, shown: window.shown, kept: window.kept }));
    must(kept, 'what is announced was put in anew');
    must(shown.length > 4 && said.length >= 1 && said.length <= 5 && said.length < shown.length, `shown ${shown.length}, announced ${JSON.stringify(said)}`);
    await accessible(page);
    await picture(page, 'reading-done');
    await page.getByRole('link', { name: 'Show the new reading' }).click();
    await page.waitForURL(`**${flows}`);
    await page.locator('#flows').waitFor();
    must(await strip(page).count() === 0, 'the strip stays');
  });

  await step('The stream has ended: nothing is asked any more', async () => {
    let asked = 0;
    page.on('request', () => { asked++; });
    await page.waitForTimeout(2000); // longer than a stream waits before it comes back: there is nothing to wait for
    must(asked === 0, `it asked ${asked} times more`);
  });

  await step('Refreshing returns at once to the former reading, with the progress above it', async () => {
    await page.getByRole('button', { name: 'Refresh' }).click();
    await page.getByRole('progressbar').waitFor();
    await page.getByText(/^(Meanwhile this page shows the reading of |A newer reading is there|The flows below are read)/).waitFor();
    must(await page.locator('#flows tbody tr').count() > 0, 'the former reading is gone');
    for (const width of [1280, 640, 320]) {
      await page.setViewportSize({ width, height: 800 });
      await fits(page);
    }
    await picture(page, 'reading-narrow', { height: 1400 });
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  await step('Left and come back to, it has gone on', async () => {
    await page.goto('/history');
    await page.goto(flows);
    await page.getByText('Reading the instance').first().waitFor();
  });

  await step('Cancelled, it says by whom, and what is shown', async () => {
    await page.getByRole('button', { name: 'Cancel the reading' }).click();
    await page.getByText(/^ann cancelled it, /).waitFor();
    must(await page.locator('#flows tbody tr').count() > 0, 'the former reading is gone');
    await accessible(page);
    await picture(page, 'reading-cancelled');
  });

  await step('Without script there is a link to look again, and a button to cancel', async () => {
    const plain = await open(browser, { javaScriptEnabled: false });
    await plain.context().addCookies(cookies);
    await plain.goto(flows);
    await plain.getByRole('button', { name: 'Refresh' }).click();
    await plain.getByRole('progressbar').waitFor();
    await plain.getByRole('link', { name: 'Reload', exact: true }).or(plain.getByRole('link', { name: 'Show' })).first().click();
    await plain.getByRole('progressbar').waitFor();
    await plain.getByRole('button', { name: 'Cancel the reading' }).click();
    await plain.getByText(/^ann cancelled it, |asked to cancel it/).waitFor();
    await plain.context().close();
  });

  await step('Confirming all says what it costs, goes on by itself, and says what came of it', async () => {
    await page.goto(flows);
    await page.waitForFunction(() => !document.querySelector('#reading progress'), null, { timeout: 60_000 });
    await page.goto(flows);
    await page.getByText(/^Reads each of them by itself, whatever the search gave: about \d+ calls, /).waitFor();
    await page.getByRole('button', { name: /^Confirm all \d+ counted flows$/ }).click();
    await page.getByText('Reading the instance and confirming every counted flow').waitFor();
    await page.getByText(/^Confirming flows: \d+ of \d+$/).first().waitFor();
    await page.getByText('The instance was read anew').waitFor({ timeout: 60_000 });
    await page.getByRole('link', { name: 'Show the new reading' }).click();
    await page.getByText(/^All \d+ counted flows are confirmed$/).waitFor();
    await accessible(page);
    await picture(page, 'reading-confirmed');
  });
});
