/** How thoroughly the parts of `npm run bench` measure. */
export interface Options {
  /** How often everything is measured, in turns; medians are shown. */
  rounds: number;
  /** For how long at a time. */
  seconds: number;
  /** Whether it is only tried, with few keys and revocations. */
  isQuick: boolean;
}
