/** What a verifier says of itself: that of package.json. */
export const VERSION = '0.1.0';
