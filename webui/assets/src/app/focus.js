// After a swap: tell assistive technology what arrived, and put the focus where the work goes on.
export function focusArrival(root, request) {
  announce(root);
  const summary = root.querySelector('.error-summary, .refusal');
  if (summary) {
    summary.tabIndex = -1;
    summary.focus();
    return;
  }
  if (request?.verb === 'post' && !isBackground(request)) root.querySelector('[data-arrival]')?.focus();
}

function isBackground(request) {
  return request.elt?.matches?.('[data-quiet]');
}

function announce(root) {
  const flashes = [...document.querySelectorAll('#flashes .note')].map((note) => note.textContent.trim());
  const arrived = root.querySelector('[data-announce]')?.dataset.announce;
  if (arrived) document.getElementById('announce').textContent = [...flashes, arrived].join(' ');
}

// A page that arrived whole says so too: the error summary takes the focus.
document.querySelector('.error-summary')?.focus();
