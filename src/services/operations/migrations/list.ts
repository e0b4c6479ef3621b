import { countJobsNamed, dropJobsNamed } from "../../../jobs/drop.js";
import { User } from "../../../models/user.js";

/**
 * A change of stored data. It must fit the release before, because during a rolling upgrade both run at the same time
 * (docs/operations.md, "Updating and migrations").
 */
export type Migration = {
  /** Number and name. They never change once they are released. */
  name: string;
  /** What it does, as in "makes older accounts searchable". */
  about: string;
  /** Returns how many documents are left to change. */
  countLeft(): Promise<number>;
  /**
   * Changes some documents, each of them once, even if it is interrupted or runs twice at the same time. Returns how many
   * it handled; 0 if none is left.
   */
  changeSome(): Promise<number>;
};

/** All migrations, in order. New ones are added at the end; none is ever removed. */
export const migrations: readonly Migration[] = [
  {
    name: "0001-search-terms",
    about: "makes accounts from before 0.2 searchable in the user list",
    countLeft: () => User.countUnsearchable(),
    changeSome: () => User.fillSearch(),
  },
  {
    name: "0002-search-job",
    about: "removes the recurring job that did this until 0.3",
    countLeft: () => countJobsNamed("sweep-search"),
    changeSome: () => dropJobsNamed("sweep-search"),
  },
];
