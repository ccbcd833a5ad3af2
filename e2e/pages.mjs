// Every page that it is given, as everybody has to be able to use it: axe in both colour schemes, narrow, zoomed and by
// keyboard, without a complaint of the console or the content security policy. The script never writes to Connect.
import { args, drive, open, at, check, must, accessible, fits, usableByKeyboard, picture } from './lib.mjs';

const pages = JSON.parse(args.pages);

await drive(async (browser) => {
  const inside = await open(browser);
  await inside.context().addCookies(JSON.parse(args.cookies));
  const outside = await open(browser);
  for (const p of pages) await visit(p.out ? outside : inside, p);
});

async function visit(page, p) {
  const status = p.status || 200;
  at(page);
  await check(`${p.name}, by eye and by ear`, async () => {
    await page.setViewportSize({ width: 1280, height: 800 });
    const answer = await page.goto(p.path);
    must(answer.status() === (p.press ? 200 : status), `answered ${answer.status()}`);
    await act(page, p);
    must(await page.getByRole('heading', { level: 1 }).count() === 1, 'there is not exactly one first heading');
    await accessible(page);
    await page.emulateMedia({ colorScheme: 'dark' });
    await accessible(page, { onlyColours: true });
    await page.emulateMedia({ colorScheme: 'light' });
  }, [status]);
  await check(`${p.name}, by keyboard`, () => usableByKeyboard(page));
  await check(`${p.name}, narrow and zoomed`, async () => {
    await unfold(page);
    await page.setViewportSize({ width: 900, height: 700 }); // tables are still tables, and scroll in their frame
    await fits(page);
    await page.setViewportSize({ width: 640, height: 400 }); // 1280 x 800 at 200 %
    await fits(page);
    await page.setViewportSize({ width: 320, height: 640 }); // 1280 at 400 %, or a small telephone
    await fits(page);
    if (p.shoot) {
      await page.setViewportSize({ width: 360, height: 740 });
      await picture(page, `${p.shoot}-narrow`, { height: 1600 });
    }
  });
}

// act fills and sends a form, for pages that are answers to one.
async function act(page, p) {
  for (const [label, text] of Object.entries(p.fill || {})) await page.getByLabel(label, { exact: true }).fill(text);
  if (p.press) await Promise.all([page.waitForNavigation(), page.getByRole('button', { name: p.press }).first().click()]);
}

// unfold opens what is folded: it has to fit too.
function unfold(page) {
  return page.evaluate(() => { for (const d of document.querySelectorAll('main details')) d.open = true; });
}
