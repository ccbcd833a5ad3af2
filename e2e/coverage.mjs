// The pages that count, and the agents' page: found and used without script, by everybody, narrow and on paper.
import { args, drive, open, at, check, must, accessible, fits, usableByKeyboard } from './lib.mjs';

const instance = `/instances/${args.instance}`;

await drive(async (browser) => {
  const signedIn = async (options) => {
    const page = await open(browser, options);
    await page.context().addCookies(JSON.parse(args.cookies));
    return page;
  };
  const plain = await signedIn({ javaScriptEnabled: false });
  await withoutScript(plain);
  const page = await signedIn();
  for (const [name, path] of [['Coverage', `${instance}/coverage`], ['Coverage over all', '/coverage'], ['The report', `${instance}/report`], ['Agents', `${instance}/readiness`]]) {
    await forEverybody(page, name, path);
  }
  await onPaper(page);
});

async function withoutScript(page) {
  at(page);
  const line = () => page.locator('#coverage .headline').innerText();
  let head;
  await check('From all instances to one, and from a number to its flows, without script', async () => {
    await page.goto('/instances');
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Coverage' }).click();
    await page.getByRole('link', { name: 'harbor-retail' }).click();
    head = await line();
    must(/^\d+ of the 23 inbound flows that reach agents open the guide\./.test(head), `the head line is ${head}`);
    const broken = page.locator('#made').getByRole('link', { name: 'Points to a guide that is not usable' });
    const count = await broken.locator('xpath=..').innerText();
    await broken.click();
    must(count.endsWith(`(${await page.locator('#flows tbody tr').count()})`), `the list is of another length than ${count} says`);
  });
  await check('A telephone number leads to its flow, and downloads are files, without script', async () => {
    await page.goto(`${instance}/coverage`);
    for (const [within, name, file] of [['.heading', 'Download CSV', 'coverage harbor-retail'], ['.heading', 'Download JSON', 'coverage harbor-retail'], ['#numbers', 'Download CSV', 'telephone numbers']]) {
      const [download] = await Promise.all([page.waitForEvent('download'), page.locator(within).getByRole('link', { name }).click()]);
      must(download.suggestedFilename().startsWith(file), `the file is called ${download.suggestedFilename()}`);
    }
    must(await page.locator('#numbers').getByRole('row', { name: /No flow known/ }).count() === 1, 'a number without a flow is not said to have none');
    await page.locator('#numbers').getByRole('link', { name: 'Billing' }).click();
    must(await page.getByRole('heading', { level: 1, name: 'Billing' }).count() === 1, 'it is another flow');
  });
  await check('The report says what the page says, without script', async () => {
    await page.goto(`${instance}/coverage`);
    await page.getByRole('link', { name: 'Report to print' }).click();
    must(await line() === head, `the report says ${await line()}`);
    must(await page.locator('.report-flow').count() === 30, 'not every flow is in it');
  });
  await check('Agents are checked, and checked again, without script', async () => {
    await page.goto(`${instance}/coverage`);
    await page.getByRole('link', { name: 'Check whether agents are ready' }).click();
    must(await page.getByText('4 of the 23 agents that could be checked lack it.').count() === 1, 'it is not said who lacks the permission');
    await page.getByRole('button', { name: 'Check again' }).click();
    must(page.url().endsWith('/readiness') && await page.getByText('Chats: after-contact work ends after 3 min 0 s, the guide runs for 8 min 0 s.').count() === 1, 'it does not come back');
  });
}

async function forEverybody(page, name, path) {
  at(page);
  await check(`${name}, by eye and by ear`, async () => {
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.goto(path);
    await accessible(page);
    await page.emulateMedia({ colorScheme: 'dark' });
    await accessible(page, { onlyColours: true });
    await page.emulateMedia({ colorScheme: 'light' });
  });
  await check(`${name}, by keyboard`, () => usableByKeyboard(page));
  await check(`${name}, narrow and zoomed`, async () => {
    for (const width of [640, 320]) {
      await page.setViewportSize({ width, height: 600 });
      await fits(page);
    }
  });
}

async function onPaper(page) {
  at(page);
  await check('The report on paper: A4, a running head, nothing to press, light', async () => {
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    await page.setViewportSize({ width: 680, height: 1000 });
    await page.goto(`${instance}/report`);
    must(await page.locator('.running').isVisible(), 'there is no running head');
    for (const hidden of ['.top', '.breadcrumbs', '.foot', '.heading .actions', '#numbers .actions', '.report-print', '.skip']) {
      for (const e of await page.locator(hidden).all()) must(!await e.isVisible(), `${hidden} is on paper`);
    }
    const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
    const boxes = [...pdf.matchAll(/\/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)\s*\]/g)];
    must(boxes.length > 4, `${boxes.length} pages`);
    must(boxes.every(([, w, h]) => Math.abs(w - 595) < 2 && Math.abs(h - 842) < 2), `a page is ${boxes[0][1]} by ${boxes[0][2]}`);
  });
}
