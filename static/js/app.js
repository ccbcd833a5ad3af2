// Pleasantries only: every page works without this file.
(() => {
  'use strict';

  // Copy buttons appear where copying can work.
  function copyButtons(root) {
    if (!navigator.clipboard) return;
    for (const button of root.querySelectorAll('[data-copy][hidden]')) {
      button.hidden = false;
      button.addEventListener('click', async () => {
        const words = button.querySelector('[data-copied]');
        const text = button.parentElement.querySelector('[data-copy-text]').textContent;
        await navigator.clipboard.writeText(text);
        const before = words.textContent;
        words.textContent = words.dataset.copied;
        setTimeout(() => { words.textContent = before; }, 2000);
      });
    }
  }

  // Messages of the last action may be dismissed.
  function dismissable(root) {
    for (const flash of root.querySelectorAll('[data-dismissable]')) {
      if (flash.querySelector('.dismiss')) continue;
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'dismiss';
      button.setAttribute('aria-label', flash.dataset.dismissable);
      button.textContent = '✕';
      button.addEventListener('click', () => {
        flash.remove();
        document.getElementById('content').focus();
      });
      flash.append(button);
    }
  }

  // The box in a table's heading selects all rows that can be selected.
  function selectAll(root) {
    for (const all of root.querySelectorAll('[data-select-all][hidden]')) {
      const boxes = () => [...all.closest('table').querySelectorAll('tbody .select input:not(:disabled)')];
      const show = () => {
        const list = boxes(), on = list.filter((b) => b.checked).length;
        all.checked = on > 0 && on === list.length;
        all.indeterminate = on > 0 && on < list.length;
      };
      all.hidden = false;
      all.addEventListener('change', () => {
        for (const b of boxes()) b.checked = all.checked;
        all.closest('table').dispatchEvent(new Event('change', { bubbles: true }));
      });
      all.closest('table').addEventListener('change', (e) => { if (e.target !== all) show(); });
      show();
    }
  }

  // A double click sends a form once. The server bears it twice, too; after a download the page stays, so the form
  // becomes usable again.
  document.addEventListener('submit', (e) => {
    const form = e.target;
    if (form.method !== 'post' || e.defaultPrevented) return;
    if (form.dataset.sent) { e.preventDefault(); return; }
    form.dataset.sent = 'yes';
    setTimeout(() => { delete form.dataset.sent; }, 3000);
  });
  window.addEventListener('pageshow', () => {
    for (const form of document.querySelectorAll('form[data-sent]')) delete form.dataset.sent;
  });

  // A menu closes on Escape and on a click elsewhere.
  const closeMenus = (except) => {
    for (const m of document.querySelectorAll('[data-menu][open]')) if (m !== except) m.open = false;
  };
  document.addEventListener('click', (e) => closeMenus(e.target.closest('[data-menu]')));
  document.addEventListener('keydown', (e) => {
    const open = document.querySelector('[data-menu][open]');
    if (e.key !== 'Escape' || !open) return;
    open.open = false;
    open.querySelector('summary').focus();
  });

  // The first reading comes by its stream. Where a proxy holds that back, the page is asked for again.
  if (document.querySelector('#reading-run') && !document.querySelector('main table')) setTimeout(() => {
    if (document.querySelector('#reading-run') && !document.querySelector('main table')) location.reload();
  }, 20000);

  function start(root) {
    copyButtons(root);
    dismissable(root);
    selectAll(root);
    const errors = root.querySelector('[data-focus]');
    if (errors) errors.focus();
  }
  start(document);
  document.addEventListener('htmx:after:swap', () => start(document));
})();
