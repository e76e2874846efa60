/** Whether a header has this name, in whatever case. Nearly always it is the usual one, which is seen without a copy in small letters. */
export function isNamed(name: string, usual: string): boolean {
  if (name === usual) return true;
  if (name.length !== usual.length || (name.charCodeAt(0) ^ usual.charCodeAt(0)) & ~CASE_BIT) return false;
  return name.toLowerCase() === usual.toLowerCase();
}

/** What tells a small letter of ASCII from a capital one. */
const CASE_BIT = 0x20;
