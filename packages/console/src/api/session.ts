/** Signing in and out goes to the sign-in library's own endpoints; everything else is an operation of the contract. */
const HEADERS = { 'content-type': 'application/json', accept: 'application/json' };

/** Signs in; the session is a cookie that scripts can not read. Throws with a sentence for the person. */
export async function signIn(email: string, password: string): Promise<void> {
  const response = await fetch('/api/auth/sign-in/email', {
    method: 'POST',
    headers: HEADERS,
    body: JSON.stringify({ email: email.trim(), password }),
  });
  if (!response.ok) throw new Error(whyNot(response.status));
}

export async function signOut(): Promise<void> {
  const response = await fetch('/api/auth/sign-out', { method: 'POST', headers: HEADERS, body: '{}' });
  if (!response.ok && response.status !== 401) throw new Error(`The server answered ${response.status}. Try again.`);
}

function whyNot(status: number): string {
  if (status === 429) return 'Too many attempts. Wait a minute, then try again.';
  if (status === 400 || status === 401 || status === 422) return 'The e-mail address or the password is wrong.';
  if (status === 403) return 'This person can not sign in at the moment. Ask an administrator of the account.';
  return `The server answered ${status}. Try again in a moment.`;
}
