// The draft behind an editor: saved two seconds after the last change and on Ctrl+S, each time over the tag it was read with.
import { send } from './http.js';

const PAUSE = 2000;

/** read() gives the text to save; status(words, kind) tells; findings(list) gets what a check found. */
export class Draft {
  constructor({ contentUrl, checkUrl, tag, words, read, status, findings }) {
    Object.assign(this, { contentUrl, checkUrl, tag, words, read, status, findings, dirty: false, saving: null, timer: 0 });
    window.addEventListener('beforeunload', (event) => this.dirty && event.preventDefault());
    document.addEventListener('keydown', (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key === 's') {
        event.preventDefault();
        this.save();
      }
    });
  }

  changed() {
    this.dirty = true;
    this.status(this.words.unsaved, 'unsaved');
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), PAUSE);
  }

  /** One save at a time; true when the newest text is kept. */
  async save() {
    clearTimeout(this.timer);
    if (this.saving) {
      await this.saving;
      if (!this.dirty) return true;
    }
    this.saving = this.put();
    const kept = await this.saving;
    this.saving = null;
    return kept;
  }

  async put() {
    document.activeElement?.blur?.(); // panels commit what is typed on blur
    const text = await this.read();
    this.dirty = false;
    try {
      const answer = await send('PUT', this.contentUrl, text, { 'If-Match': `"${this.tag}"`, 'Content-Type': 'text/plain; charset=utf-8' });
      const said = await answer.json();
      if (!answer.ok) {
        this.dirty = true;
        this.status(said.error, answer.status === 409 ? 'conflict' : 'failed');
        return false;
      }
      this.tag = said.tag;
      this.status(this.dirty ? this.words.unsaved : said.saved, this.dirty ? 'unsaved' : 'saved');
      await this.check(text);
      return true;
    } catch {
      this.dirty = true;
      this.status(this.words.away, 'failed');
      return false;
    }
  }

  async check(text) {
    const answer = await send('POST', this.checkUrl, text, { 'Content-Type': 'text/plain; charset=utf-8' });
    if (answer.ok) this.findings((await answer.json()).findings);
  }
}
