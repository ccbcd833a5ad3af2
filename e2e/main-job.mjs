// The main job, as a contact-centre manager does it: see the flows, make the guide, look at it, publish it, see the audit
// turn green. With args.script "off" the same without JavaScript; with args.password not in practice mode, but as the
// first person of a new wrapup.
import { args, drive, open, step, must, fact, enter, picture } from './lib.mjs';

const flow = 'Sales';
const guide = 'Night desk wrap-up';
const scripted = args.script !== 'off';
const practice = !args.password;
const shoot = (page, name, options) => (scripted && practice ? picture(page, name, options) : undefined);

const status = (page, name) => page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) });
const has = async (locator, text) => {
  await locator.first().waitFor();
  const all = (await locator.allInnerTexts()).join(' ');
  must(all.includes(text), `expected "${text}", found "${all.slice(0, 400)}"`);
};
const heading = (page, name) => page.getByRole('heading', { level: 1, name }).waitFor();

async function beFirst(page) {
  await page.getByLabel('Name', { exact: true }).fill('ann');
  await page.getByLabel('Password', { exact: true }).fill(args.password);
  await page.getByLabel('Password again', { exact: true }).fill(args.password);
  await page.getByRole('button', { name: 'Make the account' }).click();
  await page.waitForURL('**/instances');
}

await drive(async (browser) => {
  const page = await open(browser, { javaScriptEnabled: scripted });

  await step('The link opens a page whose button uses it', async () => {
    await page.goto(args.link);
    await heading(page, practice ? 'Enter practice mode' : 'Make the first account');
    await shoot(page, 'link');
    await (practice ? enter(page) : beFirst(page));
    await heading(page, 'Instances');
    must(await page.getByText('Practice mode').count() > 0 === practice, `practice mode is ${practice ? 'not ' : ''}announced`);
    await shoot(page, 'instances');
  });

  await step('The link works once', async () => {
    const other = await browser.newContext();
    const answer = await other.request.get(args.link);
    must(answer.status() === 404, `a used link answered ${answer.status()}`);
    await other.close();
  });

  await step('An instance leads to its inbound flows', async () => {
    await page.getByRole('link', { name: 'harbor-retail', exact: true }).click();
    await heading(page, 'harbor-retail');
    await page.getByRole('heading', { level: 2, name: 'Inbound flows (30)' }).waitFor({ timeout: 60_000 }); // at the service's pace
    await has(status(page, flow), 'No guide');
    await has(page.locator('#coverage'), 'of the 23 inbound flows that reach agents open the guide');
    await shoot(page, 'flows', { height: 1000 });
    await shoot(page, 'flows-dark', { dark: true, height: 1000 });

    fact('flows', page.url());
  });
  const flows = page.url();

  await step('The filter finds the flow', async () => {
    await page.getByRole('searchbox', { name: 'Flow name' }).fill('sales');
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.waitForURL(/sales/);
    await status(page, flow).waitFor();
    must(await page.getByRole('row').count() === 3, 'the filter leaves other flows in the table');
  });

  await step('The flow says that it has no guide, and where', async () => {
    await page.getByRole('link', { name: flow, exact: true }).click();
    await heading(page, flow);
    await has(page.locator('main'), 'No guide');
    await shoot(page, 'flow');
    fact('flow', new URL(page.url()).pathname.split('/').at(-1));
  });

  await step('A new guide is made in a form', async () => {
    await page.goto(flows);
    await page.getByRole('navigation').getByRole('link', { name: /^Guides/ }).click();
    await has(page.getByRole('heading', { level: 2 }), 'Guides (3)');
    await shoot(page, 'guides');
    await page.getByRole('link', { name: 'Create a guide' }).click();
    await heading(page, 'New guide');
    await page.getByLabel('Name of the guide').fill(guide);
    await page.locator('#g-top').getByLabel('Title').fill('Wrap up the night');
    await page.getByLabel('Category: pre-selected answer').selectOption('Support');
    await page.getByLabel('Time limit in seconds').fill('300');
  });

  await step('What is typed wrongly is said beside the field, and kept', async () => {
    await page.getByLabel('Time limit in seconds').fill('0');
    await page.getByRole('button', { name: 'Save draft' }).click();
    await page.locator('#form-errors').getByRole('link').first().waitFor();
    must(await page.getByLabel('Name of the guide').inputValue() === guide, 'the name is lost');
    must(await page.getByLabel('Time limit in seconds').inputValue() === '0', 'the typed time is lost');
    must(await page.getByLabel('Category: pre-selected answer').inputValue() !== '', 'the answer is lost');
    await page.locator('#form-errors').getByRole('link').first().click();
    await has(page.locator('.field-invalid'), 'whole number');
    await page.getByLabel('Time limit in seconds').fill('300');
  }, [422]);

  await step('A draft is saved, and Amazon Connect is not touched', async () => {
    await page.getByRole('button', { name: 'Save draft' }).click();
    await page.getByText('Draft saved').first().waitFor();
    must(await page.locator('#g-top').getByLabel('Title').inputValue() === 'Wrap up the night', 'the saved title is another');
    await shoot(page, 'guide', { height: 1400 });
    await shoot(page, 'guide-dark', { dark: true, height: 1400 });
  });

  await step('The preview shows what agents see, and the JSON', async () => {
    await page.getByRole('button', { name: 'Preview' }).click();
    await heading(page, /^Preview of/);
    await has(page.locator('.agent'), 'Wrap up the night');
    await has(page.locator('.agent'), 'Support');
    await has(page.locator('#json'), '"InvocationTimeLimitSeconds"');
    await shoot(page, 'preview', { height: 1400 });
    const file = await page.context().request.get(await page.locator('#json').getByRole('link').getAttribute('href'));
    const document = await file.json();
    must(document.Actions.some((a) => a.Type === 'ShowView' && a.Parameters.ViewData.AttributeBar === undefined), 'the download is no guide');
  });

  await step('The review shows each write and its proof', async () => {
    await page.getByRole('link', { name: 'Review and publish' }).click();
    await heading(page, 'Add a guide to flows');
    await page.getByRole('radio', { name: `${guide} (new)` }).check();
    await page.getByRole('checkbox', { name: flow, exact: true }).check();
    await shoot(page, 'choose', { height: 1400 });
    await page.getByRole('button', { name: 'Review' }).click();
    await heading(page, `Publish the new guide ${guide} and add it to ${flow}`);
    await has(page.locator('main'), `Create the guide ${guide} as a new inbound flow and publish it.`);
    await has(page.locator('main'), 'Nothing else changes (checked)');
    await has(page.locator('main'), 'No guide → Opens the guide');
    await shoot(page, 'review');
    fact('change', page.url());
  });

  await step('Publishing says what happened', async () => {
    await page.getByLabel('Reason').fill('The night shift asked for it');
    await page.getByRole('button', { name: 'Publish the new guide' }).click();
    await page.getByText('Applies to contacts that enter the flow from now on.').waitFor();
    await has(page.locator('main'), 'Published and read back');
    await shoot(page, 'result');
    await shoot(page, 'result-dark', { dark: true });
  });

  await step('The audit says that the flow opens the guide', async () => {
    await page.getByRole('link', { name: 'Back to the inbound flows' }).click();
    await has(status(page, flow), 'Opens the guide');
    await has(status(page, flow), guide);
    await page.getByRole('link', { name: flow, exact: true }).click();
    await has(page.locator('main'), 'Opens the guide');
  });

  await step('The history has the change, who and why', async () => {
    await page.getByRole('link', { name: 'History' }).first().click();
    await has(page.getByRole('row'), 'The night shift asked for it');
    await has(page.getByRole('row'), 'Published');
    await shoot(page, 'history');
  });

  await step('Signing out ends the session', async () => {
    await page.locator('.menu summary').click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await heading(page, 'Sign in');
    await shoot(page, 'sign-in');
    await page.goto(flows);
    await heading(page, 'Sign in');
  });
});
