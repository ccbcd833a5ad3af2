// The looks themselves, held against a page with known faults: a look that finds nothing anywhere would be worth nothing.
import { drive, open, step, must, accessible, complaints, fits, usableByKeyboard } from './lib.mjs';

const head = '<!DOCTYPE html><html lang="en"><head><title>A page</title></head><body>';
const skip = '<a class="skip" href="#content">Skip to content</a><main id="content" tabindex="-1"><h1>A page</h1>';
const outlined = '<style>a:focus{outline:2px solid}</style>';

await drive(async (browser) => {
  const page = await open(browser);
  const finds = (name, html, look, words) => step(name, async () => {
    await page.setContent(head + html);
    let found = '';
    await look(page).catch((error) => { found = error.message; });
    must(found.includes(words), `expected a fault that says "${words}", found "${found}"`);
  });

  await finds('A field without a label', skip + '<input></main>', accessible, 'label:');
  await finds('Faint text', skip + '<p style="color:#bbb;background:#fff">Faint</p></main>', (p) => accessible(p, { onlyColours: true }), 'color-contrast:');
  await finds('Targets that are too small', skip + '<button style="all:unset;width:9px;height:9px" aria-label="a"></button><button style="all:unset;width:9px;height:9px" aria-label="b"></button></main>', accessible, 'target-size:');
  await finds('A page that scrolls sideways', skip + '<p style="width:3000px">Wide</p></main>', fits, 'scrolls sideways');
  await finds('No skip link', '<main><a href="/">Home</a></main>', usableByKeyboard, 'no visible skip link');
  await finds('A focus that does not show', outlined + skip + '<button style="outline:none">Go</button></main>', usableByKeyboard, 'does not show');
  await finds('An order that goes up', outlined + skip
    + '<a href="/b" style="position:absolute;top:300px">b</a><a href="/a" style="position:absolute;top:100px">a</a></main>', usableByKeyboard, 'goes up');
  await finds('A script that fails', skip + '<script>nowhere()</script></main>', async () => {
    complaints();
  }, 'nowhere');
});
