// The inbox table: which row is shown in the pane, moving to the next or previous one, and keeping the list where it was.
const WIDE = matchMedia('(min-width: 960px)');

const links = () => [...document.querySelectorAll('#inbox-rows a[data-row]')];
const selected = () => links().findIndex((link) => link.closest('tr').getAttribute('aria-current') === 'true');

// Before htmx sees the click: on a narrow screen the link is a plain link to the task alone.
document.addEventListener(
  'click',
  (event) => {
    const row = event.target.closest('#inbox-rows tr');
    if (!row) return;
    const link = row.querySelector('a[data-row]');
    if (!link) return;
    if (!WIDE.matches) {
      if (event.target.closest('a')) event.stopPropagation();
      else link.click();
      return;
    }
    if (!event.target.closest('a')) {
      link.click();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.shiftKey) {
      event.stopPropagation();
      return;
    }
    mark(row);
  },
  true,
);

document.addEventListener('click', (event) => {
  const mover = event.target.closest('[data-move]');
  if (mover) move(Number(mover.dataset.move));
});

function move(step) {
  const all = links();
  const next = all[Math.max(0, Math.min(all.length - 1, selected() + step))];
  if (!next) return;
  next.focus({ preventScroll: true });
  next.closest('tr').scrollIntoView({ block: 'nearest' });
  next.click();
}

function mark(row) {
  document.querySelectorAll('#inbox-rows tr[aria-current]').forEach((other) => other.removeAttribute('aria-current'));
  row.setAttribute('aria-current', 'true');
}

let scroll = null;

export function keepScroll(target) {
  scroll = target.querySelector?.('.list .scroll')?.scrollTop ?? null;
}

export function restoreScroll(root) {
  const list = root.querySelector?.('.list .scroll');
  if (!list || scroll === null) return;
  list.scrollTop = scroll;
  root.querySelector('#inbox-rows tr[aria-current]')?.scrollIntoView({ block: 'nearest' });
}
