/** Numbers from 0 to 1 that are the same for the same seed: mulberry32. */
export type Random = () => number;

export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A time to the next of what happens at random moments, or one that work takes, whose mean is given. */
export function exponential(random: Random, mean: number): number {
  return -mean * Math.log(1 - random());
}
