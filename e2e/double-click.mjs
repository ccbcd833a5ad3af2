// A hasty person: signs in with a password, and presses the button that publishes twice.
import { args, drive, open, step, must } from './lib.mjs';

await drive(async (browser) => {
  const page = await open(browser, { javaScriptEnabled: args.script !== 'off' });

  await step('A page that needs sign-in comes back after it', async () => {
    await page.goto(args.review);
    await page.getByLabel('Name').fill('ann');
    await page.getByLabel('Password').fill(args.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(`**${args.review}`);
  });

  await step('A double click publishes, and says so', async () => {
    await page.getByRole('button', { name: 'Add the guide' }).dblclick();
    await page.getByText('Applies to contacts that enter the flow from now on.').waitFor();
  });

  await step('Going back and pressing again leads to the same result', async () => {
    await page.goBack();
    const button = page.getByRole('button', { name: 'Add the guide' });
    if (await button.count()) await button.click();
    await page.getByText('Applies to contacts that enter the flow from now on.').waitFor();
    must(new URL(page.url()).pathname === args.review, `it led to ${page.url()}`);
  });
});
