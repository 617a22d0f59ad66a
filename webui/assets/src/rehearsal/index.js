// The page of a rehearsal leaves the values it has come to, for the completion in the editors' FEEL fields.
import { keepRehearsed } from '../shared/rehearsed.js';

const told = document.getElementById('rehearsed');
if (told) keepRehearsed(told.dataset.pack, JSON.parse(told.textContent));
