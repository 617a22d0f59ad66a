// What the server offers for this diagram, asked again while one draws.
import { send } from './http.js';

const PAUSE = 700;

export class Offers {
  constructor(url) {
    Object.assign(this, { url, current: null, pending: Promise.resolve(), timer: 0, asked: 0 });
  }

  /** Ask at once. What can't be reached leaves the earlier offers. */
  refresh(text) {
    const asked = ++this.asked;
    this.pending = send('POST', this.url, text, { 'Content-Type': 'text/plain; charset=utf-8' })
      .then((answer) => (answer.ok ? answer.json() : null))
      .then((found) => {
        if (found && asked === this.asked) this.current = found;
      })
      .catch(() => {});
    return this.pending;
  }

  /** Ask a little later, once for several changes; whoever wants the newest waits for `pending`. */
  changed(read) {
    clearTimeout(this.timer);
    this.pending = new Promise((settled) => {
      this.timer = setTimeout(async () => this.refresh(await read()).then(settled), PAUSE);
    });
  }
}
