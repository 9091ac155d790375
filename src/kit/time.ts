/** Lets time pass, for what is good for a while only. */
export interface Time {
  /** Does something at a time to come. */
  until<Result>(date: Date, act: () => Promise<Result>): Promise<Result>;
}
