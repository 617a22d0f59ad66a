// The staff pages' script. Every page works without it; it saves keystrokes and page loads.
import './htmx.js';
import './keyboard.js';
import './dialogs.js';
import './selection.js';
import './submit_once.js';
import './unsaved.js';
import './drop.js';
import { refresh } from './refresh.js';
import { forgetRehearsed } from '../shared/rehearsed.js';

refresh(document);
if (document.querySelector('.sign-in')) forgetRehearsed();
document.documentElement.dataset.ready = 'true';
