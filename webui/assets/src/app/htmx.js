// htmx: its settings and all listeners to its events are in this one file, so that the next major version is a change here.
import htmx from 'htmx.org';
import { focusArrival } from './focus.js';
import { refresh } from './refresh.js';
import { keepScroll, restoreScroll } from './selection.js';
import { saved } from './unsaved.js';

Object.assign(htmx.config, {
  allowEval: false, // the Content-Security-Policy forbids it
  includeIndicatorStyles: false, // an inline <style>, forbidden too
  selfRequestsOnly: true,
  historyCacheSize: 0, // no copies of case data in the browser's storage
  refreshOnHistoryMiss: true,
  disableInheritance: true, // every element says its own target and swap
  scrollIntoViewOnBoost: false,
  attributesToSettle: [], // it would copy style attributes, which the policy forbids
  responseHandling: [
    { code: '204', swap: false },
    { code: '[23]..', swap: true },
    { code: '4(03|04|09|22)', swap: true, error: false }, // refusals are pages in words
    { code: '...', swap: false, error: true },
  ],
});

document.addEventListener('htmx:configRequest', (event) => {
  event.detail.headers['X-CSRFToken'] = document.querySelector('meta[name=csrf-token]').content;
});

// An expired session answers with the sign-in page: the browser shows it in full, unless only a draft was to be saved.
document.addEventListener('htmx:beforeSwap', (event) => {
  const { xhr, target } = event.detail;
  if (xhr.getResponseHeader('X-Lianxi-Page') === 'whole') {
    event.detail.shouldSwap = false;
    if (event.detail.requestConfig.elt.matches('[data-quiet]')) announceFailure();
    else location.assign(xhr.responseURL);
    return;
  }
  keepScroll(target);
});

document.addEventListener('htmx:responseError', announceFailure);
document.addEventListener('htmx:sendError', announceFailure);

document.addEventListener('htmx:afterSettle', (event) => {
  const arrived = event.detail.target.isConnected ? event.detail.target : document.getElementById(event.detail.target.id);
  if (!arrived) return;
  refresh(arrived);
  restoreScroll(arrived);
  focusArrival(arrived, event.detail.requestConfig);
});

document.addEventListener('htmx:afterRequest', (event) => {
  if (!event.detail.successful || event.detail.requestConfig.verb !== 'post') return;
  document.getElementById('announce').classList.remove('shown');
  saved(event.detail.elt.closest('form'));
});

function announceFailure() {
  const region = document.getElementById('announce');
  region.textContent = region.dataset.failure;
  region.classList.add('shown');
}
