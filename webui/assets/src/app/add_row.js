// Repeated groups: a button clones the row template.
export function addRows() {}
