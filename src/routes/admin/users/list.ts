import { type Response, Router } from "express";
import { actorOf } from "../../../actor.js";
import { aboutBulk, bulkActions } from "../../../definitions/bulk-actions.js";
import { cursorOf, placeIn, type Question, seenWithin, sorts, states } from "../../../definitions/user-filters.js";
import { roleWords, seenWords, sortWords, stateWords } from "../../../definitions/user-labels.js";
import { type PeopleAsked, peopleQuery } from "../../../forms/admin/users.js";
import type { Form } from "../../../forms/form.js";
import { wordsAsked } from "../../../lib/text/search-terms.js";
import { Domain } from "../../../models/domain.js";
import { listPeople } from "../../../models/user/search/list.js";
import { can } from "../../../policies/permissions.js";
import { sendBack } from "../../../web/pages/problem-json.js";
import { parseQuery } from "../../../web/pages/query.js";
import { addressOf, filtersOf, inPeopleList, inWords, queryOf } from "../../../web/present/users.js";

export const usersList = Router();

usersList.get("/", async (req, res) => {
  const query = parseQuery(req, peopleQuery);
  if (!query.ok) return refusePeople(res, query.form);
  const wanted = query.data;
  const { people, newer, older, total, cut, isFirst, sort } = await listPeople(
    questionOf(wanted),
    placeOf(wanted.page),
  );
  const named = await Domain.namesIn(people.flatMap(({ roles = [] }) => roles));
  const asked = { ...wanted, sort };
  const beside = (place: string | null) =>
    place === null ? null : addressOf({ ...asked, page: place && cursorOf(sort, place) });
  const actions = bulkActions.filter((action) => can(actorOf(req), aboutBulk[action].permission));
  res.render("admin/users/index", {
    people: people.map((person) => inPeopleList(person, named)),
    form: peopleQuery.blank(asked),
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

const nobody = {
  people: [],
  filters: [],
  total: "",
  cut: false,
  isFirst: true,
  isTooMuchFor: null,
  actions: [],
  list: "",
};

/** The page without anybody, but with what is wrong with what it was asked for. */
export const refusePeople = (res: Response, form: Form) =>
  sendBack(res.status(422), "admin/users/index", { ...nobody, form, options, links: {} });

const placeOf = (page: string) => (page.includes(".") ? placeIn(page) : page);

/** The question behind an address. */
export function questionOf({ q, role, state, seen, sort }: PeopleAsked): Question {
  return { words: wordsAsked(q), sort, ...(role && { role }), ...(state && { state }), ...(seen && { seen }) };
}

const choices = <Value extends string>(values: readonly Value[], words: Record<Value, string>) =>
  values.map((value) => ({ value, text: words[value] }));
const any = (text: string) => ({ value: "", text });
const options = {
  role: [any("Any"), ...choices(Object.keys(roleWords) as (keyof typeof roleWords)[], roleWords)],
  state: [any("Any"), ...choices(states, stateWords)],
  seen: [any("Any time"), ...choices(seenWithin, seenWords)],
  sort: choices(sorts, sortWords),
};
