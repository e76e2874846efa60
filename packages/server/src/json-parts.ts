/** Whether a JSON text holds at most so many objects and lists: each takes far more memory than its two characters. */
export function hasFewParts(json: string, max: number): boolean {
  const marks = /["{[]/g;
  let parts = 0;
  for (let mark = marks.exec(json); mark !== null; mark = marks.exec(json)) {
    if (mark[0] === '"') marks.lastIndex = endOfText(json, mark.index + 1);
    else if (++parts > max) return false;
  }
  return true;
}

/** Where the text that has begun there ends: behind its quote that no backslash stands before. */
function endOfText(json: string, from: number): number {
  for (let quote = json.indexOf('"', from); quote >= 0; quote = json.indexOf('"', quote + 1)) {
    let before = quote - 1;
    while (before >= from && json[before] === '\\') before--;
    if ((quote - before) % 2 === 1) return quote + 1;
  }
  return json.length;
}
