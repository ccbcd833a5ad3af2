// A write that takes long: the page shows progress, may be left, and says by itself when it is over.
import { args, drive, open, step, must } from './lib.mjs';

await drive(async (browser) => {
  const page = await open(browser);
  await page.context().addCookies(JSON.parse(args.cookies));

  await step('After a while the page shows progress instead of waiting', async () => {
    await page.goto(args.review);
    await page.getByRole('button', { name: 'Add the guide' }).click();
    await page.getByText('You can leave this page; publishing goes on.').waitFor();
    must(await page.getByRole('progressbar').count() === 1, 'there is no progress bar');
    must(await page.getByRole('link', { name: 'Look again' }).count() === 1, 'without script there is no way to look again');
  });

  await step('It says by itself that it is published', async () => {
    await page.getByText('Applies to contacts that enter the flow from now on.').waitFor();
    must(await page.getByRole('progressbar').count() === 0, 'the progress stays');
    must(await page.getByRole('heading', { level: 1 }).count() === 1, 'the page is there twice');
  });

  await step('It stops asking', async () => {
    let asked = 0;
    page.on('request', () => { asked++; });
    await page.waitForTimeout(3000); // an interval and a half of the page's own asking: there is nothing to wait for
    must(asked === 0, `it asked ${asked} times more`);
  });
});
