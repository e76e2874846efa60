/** Zod tries whether it may compile code. Our Content-Security-Policy forbids that, and browsers report every try. */
Object.assign(globalThis, { __zod_globalConfig: { jitless: true } });
