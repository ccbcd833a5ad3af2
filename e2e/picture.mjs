// The picture of a flow: what works without script, what script adds, and that everybody can use it.
import { args, drive, open, at, check, must, accessible, fits, usableByKeyboard, picture } from './lib.mjs';

const drawing = '#picture svg.drawing', frame = '[data-picture-frame]';
const widthOf = (page) => page.locator(drawing).evaluate((e) => e.getBoundingClientRect().width);
const naturalOf = (page) => page.locator(drawing).evaluate((e) => e.viewBox.baseVal.width);
const near = (a, b) => Math.abs(a - b) <= 2;

await drive(async (browser) => {
  const signedIn = async (options) => {
    const page = await open(browser, options);
    await page.context().addCookies(JSON.parse(args.cookies));
    return page;
  };
  const plain = await signedIn({ javaScriptEnabled: false });
  await withoutScript(plain);
  const page = await signedIn();
  await withScript(page);
  await forEverybody(page);
});

async function withoutScript(page) {
  at(page);
  await check('A gap leads to its route in the picture, without script', async () => {
    await page.goto(args.gaps);
    must(await page.locator('a.node-route').count() > 2, 'no route is shown at first');
    const last = () => page.locator('a.node-route.node-point title').textContent();
    const first = await last();
    await page.getByRole('link', { name: 'Show in the picture: example 2' }).click();
    must(page.url().endsWith('?gap=2#picture'), `it leads to ${page.url()}`);
    must(await last() !== first, 'the same route is shown');
    must(await page.getByRole('link', { name: 'Shown in the picture: example 2' }).getAttribute('aria-current') === 'true', 'it is not said which is shown');
  });
  await check('A block leads to its row and back, without script', async () => {
    const box = page.locator('a.node-point').first();
    const name = (await box.locator('title').textContent()).split(',')[0];
    must(await page.getByRole('link', { name: new RegExp(`^${name}, Transfer to queue`) }).count() === 1, 'the box has no name');
    await box.click();
    const row = page.locator('tr:target');
    must((await row.innerText()).startsWith(name), `the row is not that of ${name}`);
    await row.getByRole('link', { name: `In the picture: ${name}` }).click();
    must(await page.locator('a.node:target').count() === 1, 'the box is not the target');
  });
  await check('Sizes are links, and the frame scrolls, without script', async () => {
    const natural = await naturalOf(page);
    for (const percent of [50, 75, 100, 150]) {
      await page.getByRole('navigation', { name: 'Size' }).getByRole('link', { name: `${percent} %`, exact: true }).click();
      must(near(await widthOf(page), natural * percent / 100), `at ${percent} % it is ${await widthOf(page)} wide`);
    }
    const scrolls = await page.locator(frame).evaluate((e) => e.scrollWidth > e.clientWidth && e.tabIndex === 0);
    must(scrolls, 'what is larger than the frame does not scroll by keyboard');
    await page.getByRole('link', { name: 'Whole' }).click();
    must(await page.locator(frame).evaluate((e) => e.scrollWidth <= e.clientWidth && e.scrollHeight <= e.clientHeight + 1), 'the whole picture is not in view');
    must(page.url().includes('gap=2'), 'the route is lost');
    must(await page.getByRole('button', { name: 'Larger' }).count() === 0, 'a button that does nothing is shown');
  });
}

async function withScript(page) {
  at(page);
  const scroll = () => page.locator(frame).evaluate((e) => ({ left: e.scrollLeft, top: e.scrollTop }));
  await check('Buttons, keys and the wheel change the size', async () => {
    await page.goto(args.gaps);
    const natural = await naturalOf(page);
    await page.getByRole('button', { name: 'Larger' }).click();
    must(near(await widthOf(page), natural * 1.25), 'Larger does nothing');
    await page.getByRole('button', { name: 'Smaller' }).click();
    must(near(await widthOf(page), natural), 'Smaller does nothing');
    await page.locator(frame).focus();
    await page.keyboard.press('+');
    must(near(await widthOf(page), natural * 1.25), '+ does nothing');
    await page.keyboard.press('-');
    await page.locator(frame).hover();
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, 200);
    await page.keyboard.up('Control');
    await page.waitForFunction(([s, w]) => document.querySelector(s).getBoundingClientRect().width < w - 10, [drawing, natural]);
    must(await page.evaluate(() => window.devicePixelRatio === 1), 'the page was zoomed');
  });
  await check('A size is chosen without a new page, and stays in the address', async () => {
    await page.evaluate(() => { window.same = true; });
    await page.getByRole('link', { name: '150 %' }).click();
    must(near(await widthOf(page), await naturalOf(page) * 1.5), 'it is not 150 %');
    must(await page.evaluate(() => window.same) && page.url().endsWith('?zoom=150#picture'), `the page is new, or the address is ${page.url()}`);
    must(await page.getByRole('link', { name: '150 %' }).getAttribute('aria-current') === 'true', 'the choice does not show');
    must(await page.locator('[data-picture-status]').textContent() === '150 %', 'the size is not announced');
  });
  await check('Dragging and arrow keys move the picture, and a drag is no click', async () => {
    await page.locator('a.node').nth(2).scrollIntoViewIfNeeded();
    const before = await scroll();
    const box = await page.locator('a.node').nth(2).boundingBox();
    await page.mouse.move(box.x + 40, box.y + 20);
    await page.mouse.down();
    await page.mouse.move(box.x - 20, box.y - 10, { steps: 4 });
    await page.mouse.up();
    const after = await scroll();
    must(near(after.left, before.left + 60) && page.url().endsWith('#picture'), `it moved from ${before.left} to ${after.left}, to ${page.url()}`);
    await page.locator(frame).focus();
    await page.keyboard.press('ArrowRight');
    must((await scroll()).left > after.left, 'an arrow key does nothing');
  });
  await check('A block is a link still', async () => {
    await page.locator('a.node').first().focus();
    await page.keyboard.press('Enter');
    must(/#block-\d+$/.test(page.url()), `it leads to ${page.url()}`);
  });
}

async function forEverybody(page) {
  for (const [name, path] of [['with gaps', `${args.gaps}?gap=2&zoom=75`], ['with a long name', `${args.long}?zoom=fit`]]) {
    await check(`The picture of a flow ${name}, by eye and by ear`, async () => {
      await page.setViewportSize({ width: 1280, height: 800 });
      await page.goto(path);
      await accessible(page);
      await picture(page, name === 'with gaps' ? 'picture' : 'picture-long', { height: 1600 });
      await page.emulateMedia({ colorScheme: 'dark' });
      await accessible(page, { onlyColours: true });
      await page.emulateMedia({ colorScheme: 'light' });
    });
    await check(`The picture of a flow ${name}, by keyboard`, async () => {
      await usableByKeyboard(page, 60);
      await page.locator('.picture-skip').focus();
      must((await page.locator('.picture-skip').boundingBox()).width > 20, 'the link past the picture does not show');
      await page.keyboard.press('Enter');
      must(page.url().endsWith('#blocks'), 'the picture can not be skipped');
      for (const box of await page.locator('a.node').all()) {
        await box.focus();
        const seen = await box.evaluate((e) => {
          const at = e.getBoundingClientRect(), view = e.closest('[data-picture-frame]').getBoundingClientRect();
          return getComputedStyle(e).outlineStyle !== 'none' && at.right > view.left && at.left < view.right && at.bottom > view.top && at.top < view.bottom;
        });
        must(seen, `the focus is not seen on ${await box.locator('title').textContent()}`);
      }
    });
    await check(`The picture of a flow ${name}, narrow, zoomed and on paper`, async () => {
      await page.setViewportSize({ width: 640, height: 400 });
      await fits(page);
      await page.setViewportSize({ width: 320, height: 640 });
      await fits(page);
      await page.emulateMedia({ media: 'print' });
      await page.setViewportSize({ width: 794, height: 1123 });
      const whole = await page.locator(frame).evaluate((e) => e.scrollWidth <= e.clientWidth && e.scrollHeight <= e.clientHeight + 1);
      must(whole, 'paper does not show the whole picture');
      must(await page.locator('.picture-zoom').isHidden(), 'paper shows buttons');
      await page.emulateMedia({ media: 'screen' });
    });
  }
}
