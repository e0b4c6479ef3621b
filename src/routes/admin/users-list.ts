import { Router } from "express";
import { actorOf } from "../../actor.js";
import { type PeopleQuery, peopleQuery } from "../../forms/admin/users.js";
import { aboutBulk, bulkActions } from "../../lib/bulk-actions.js";
import { type Question, seenWithin, sorts, states } from "../../lib/people-questions.js";
import { roleWords, seenWords, sortWords, stateWords } from "../../lib/people-words.js";
import { wordsAsked } from "../../lib/search-words.js";
import { Domain } from "../../models/domain.js";
import { listPeople } from "../../models/people-list.js";
import { can } from "../../policies/roles.js";
import { addressOf, filtersOf, inPeopleList, inWords, queryOf } from "../../web/present-people.js";

export const usersList = Router();

usersList.get("/", async (req, res) => {
  const wanted = peopleQuery.parse(req.query);
  const { people, newer, older, total, cut, isFirst, sort } = await listPeople(questionOf(wanted), wanted.page);
  const named = await Domain.namesIn(people.flatMap(({ roles = [] }) => roles));
  const asked = { ...wanted, sort };
  const beside = (page: string | null) => (page === null ? null : addressOf({ ...asked, page }));
  const actions = bulkActions.filter((action) => can(actorOf(req), aboutBulk[action].permission));
  res.render("admin/users/index", {
    people: people.map((person) => inPeopleList(person, named)),
    asked,
    options,
    filters: filtersOf(asked),
    total: inWords(total),
    cut,
    isFirst,
    isTooMuchFor: sort === wanted.sort ? null : sortWords[wanted.sort],
    links: {
      newer: beside(newer),
      older: beside(older),
      export: addressOf({ ...asked, page: "" }, "/admin/users/export.csv"),
    },
    actions: actions.map((value) => ({ value, text: aboutBulk[value].button })),
    list: queryOf(asked),
  });
});

/** The question behind an address. */
export function questionOf({ q, role, state, seen, sort }: PeopleQuery): Question {
  return { words: wordsAsked(q), sort, ...(role && { role }), ...(state && { state }), ...(seen && { seen }) };
}

const choices = <Value extends string>(values: readonly Value[], words: Record<Value, string>) =>
  values.map((value) => ({ value, text: words[value] }));
const options = {
  role: choices(Object.keys(roleWords) as (keyof typeof roleWords)[], roleWords),
  state: choices(states, stateWords),
  seen: choices(seenWithin, seenWords),
  sort: choices(sorts, sortWords),
};
