// The picture of a flow: sizes without a new page, dragging, and keys. Without this file its links choose the size, and its
// frame scrolls.
(() => {
  'use strict';

  const least = 0.1, most = 3, threshold = 4;

  function start(root) {
    const frame = root.querySelector('[data-picture-frame]'), drawing = frame.querySelector('svg');
    const links = [...root.querySelectorAll('[data-picture-size]')], status = root.querySelector('[data-picture-status]');
    const natural = { width: drawing.viewBox.baseVal.width, height: drawing.viewBox.baseVal.height };
    const size = () => drawing.getBoundingClientRect().width / natural.width;

    // resize keeps what is at a place of the frame where it is; without a place, its middle.
    function resize(to, x = frame.clientWidth / 2, y = frame.clientHeight / 2) {
      const before = size(), now = Math.min(most, Math.max(least, to));
      const left = (frame.scrollLeft + x) / before, top = (frame.scrollTop + y) / before;
      frame.classList.remove('picture-fit');
      drawing.setAttribute('width', Math.round(natural.width * now));
      drawing.setAttribute('height', Math.round(natural.height * now));
      frame.scrollTo({ left: left * now - x, top: top * now - y, behavior: 'instant' });
      const percent = Math.round(now * 100);
      for (const l of links) {
        if (l.dataset.pictureSize === String(percent)) l.setAttribute('aria-current', 'true');
        else l.removeAttribute('aria-current');
      }
      status.textContent = `${percent} %`;
    }

    function whole() {
      const room = parseFloat(getComputedStyle(frame).maxHeight) - 2;
      resize(Math.min(1, frame.clientWidth / natural.width, room / natural.height));
      links.find((l) => l.dataset.pictureSize === 'fit').setAttribute('aria-current', 'true');
    }

    for (const l of links) {
      l.addEventListener('click', (e) => {
        if (e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) return;
        e.preventDefault();
        const to = l.dataset.pictureSize;
        if (to === 'fit') whole(); else resize(Number(to) / 100);
        history.replaceState(history.state, '', l.href);
      });
    }
    for (const b of root.querySelectorAll('[data-picture-zoom]')) {
      b.addEventListener('click', () => resize(b.dataset.pictureZoom === 'in' ? size() * 1.25 : size() / 1.25));
    }
    for (const e of root.querySelectorAll('[data-picture-script][hidden]')) e.hidden = false;

    frame.addEventListener('wheel', (e) => {
      if (!e.ctrlKey && !e.metaKey) return;
      e.preventDefault();
      const box = frame.getBoundingClientRect();
      resize(size() * Math.exp(-e.deltaY / 400), e.clientX - box.left, e.clientY - box.top);
    }, { passive: false });

    // Arrow keys scroll the frame by themselves while it has the focus; on a block they do it here.
    frame.addEventListener('keydown', (e) => {
      if (e.ctrlKey || e.metaKey || e.altKey) return;
      const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[e.key];
      if (step) frame.scrollBy({ left: step[0] * 60, top: step[1] * 60, behavior: 'instant' });
      else if (e.key === '+' || e.key === '=') resize(size() * 1.25);
      else if (e.key === '-') resize(size() / 1.25);
      else return;
      e.preventDefault();
    });

    // Dragging moves the picture; what was dragged is not followed as a link.
    let from = null, moved = false;
    frame.classList.add('picture-drag');
    frame.addEventListener('dragstart', (e) => e.preventDefault());
    frame.addEventListener('pointerdown', (e) => {
      moved = false;
      if (e.pointerType !== 'mouse' || e.button !== 0) return;
      from = { x: e.clientX, y: e.clientY, left: frame.scrollLeft, top: frame.scrollTop };
    });
    window.addEventListener('pointermove', (e) => {
      if (!from) return;
      const x = e.clientX - from.x, y = e.clientY - from.y;
      moved = moved || Math.abs(x) + Math.abs(y) > threshold;
      if (!moved) return;
      frame.classList.add('picture-dragging');
      frame.scrollTo({ left: from.left - x, top: from.top - y, behavior: 'instant' });
    });
    for (const end of ['pointerup', 'pointercancel']) {
      window.addEventListener(end, () => {
        from = null;
        frame.classList.remove('picture-dragging');
      });
    }
    frame.addEventListener('click', (e) => { if (moved && e.detail > 0) e.preventDefault(); }, true); // 0: by keyboard
  }

  for (const root of document.querySelectorAll('[data-picture]')) start(root);
})();
