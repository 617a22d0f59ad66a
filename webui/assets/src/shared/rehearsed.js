// The values of the last rehearsal of a pack in this browser, so that an editor in another window has them too.
// They are the designer's own inventions; whoever signs out leaves none behind.
const PREFIX = 'lianxi-rehearsal-';
const MOST = 200_000; // characters

export function keepRehearsed(pack, values) {
  const text = JSON.stringify(values);
  try {
    if (text.length <= MOST) window.localStorage.setItem(PREFIX + pack, text);
  } catch {
    // no storage, no values: completion works without
  }
}

export function rehearsed(pack) {
  try {
    return JSON.parse(window.localStorage.getItem(PREFIX + pack)) ?? {};
  } catch {
    return {};
  }
}

export function forgetRehearsed() {
  try {
    Object.keys(window.localStorage).filter((key) => key.startsWith(PREFIX)).forEach((key) => window.localStorage.removeItem(key));
  } catch {
    // nothing was kept
  }
}
