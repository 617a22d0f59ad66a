// A form that loads the next page is sent once; the server would refuse a second time anyway.
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.hasAttribute('hx-post') || form.method !== 'post') return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = 'true';
});

// Come back by the browser's button, the form may be sent again.
window.addEventListener('pageshow', () => document.querySelectorAll('form[data-sent]').forEach((form) => delete form.dataset.sent));
