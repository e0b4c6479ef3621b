import { type Response, Router } from "express";
import { getActor } from "../../../actor.js";
import { bulkActions, bulkActionTexts } from "../../../definitions/bulk-actions.js";
import {
  factorFilters,
  parseCursor,
  seenWithin,
  sorts,
  states,
  toCursor,
  type UserQuestion,
  type UserSort,
} from "../../../definitions/user-filters.js";
import {
  factorWords,
  roleFilters,
  roleWords,
  seenWords,
  sortWords,
  stateWords,
} from "../../../definitions/user-labels.js";
import { type UsersAsked, usersQuery } from "../../../forms/admin/users.js";
import type { Form } from "../../../forms/form.js";
import { splitQuestion } from "../../../lib/text/search-terms.js";
import { Domain } from "../../../models/domain.js";
import { listUsers } from "../../../models/user/search/list.js";
import { can } from "../../../policies/permissions.js";
import { renderFormErrors } from "../../../web/pages/problem-json.js";
import { parseQuery } from "../../../web/pages/query.js";
import { formatQuery, formatTotal, getListUrl, presentFilters, presentListedUser } from "../../../web/present/users.js";

export const adminUsers = Router();

adminUsers.get("/", async (req, res) => {
  const query = parseQuery(req, usersQuery);
  if (!query.ok) return refuseUsersQuery(res, query.form);
  const wanted = query.data;
  const { people, newer, older, total, cut, isFirst, sort } = await listUsers(
    toUserQuestion(wanted),
    getPlace(wanted.page),
  );
  const named = await Domain.namesIn(people.flatMap(({ roles = [] }) => roles));
  const asked = { ...wanted, sort };
  const beside = (place: string | null) =>
    place === null ? null : getListUrl({ ...asked, page: place && toCursor(sort, place) });
  const actions = bulkActions.filter((action) => can(getActor(req), bulkActionTexts[action].permission));
  res.render("admin/users/index", {
    people: people.map((person) => presentListedUser(person, named)),
    form: usersQuery.blank(asked),
    options,
    filters: presentFilters(asked),
    total: formatTotal(total),
    cut,
    isFirst,
    isTooMuchFor: sort === wanted.sort ? null : sortWords[wanted.sort],
    links: {
      newer: beside(newer),
      older: beside(older),
      export: getListUrl({ ...asked, page: "" }, "/admin/users/export.csv"),
    },
    actions: actions.map((value) => ({ value, text: bulkActionTexts[value].button })),
    list: formatQuery(asked),
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

/** Renders the page without users, and with the errors in its query. */
export const refuseUsersQuery = (res: Response, form: Form) =>
  renderFormErrors(res.status(422), "admin/users/index", { ...nobody, form, options, links: {} });

const getPlace = (page: string) => (page.includes(".") ? parseCursor(page) : page);

/** Converts the parameters of the page to a query of the model. */
export function toUserQuestion({ q, role, state, seen, factor, sort }: UsersAsked): UserQuestion<UserSort> {
  return {
    words: splitQuestion(q),
    sort,
    ...(role && { role }),
    ...(state && { state }),
    ...(seen && { seen }),
    ...(factor && { factor }),
  };
}

const choices = <Value extends string>(values: readonly Value[], words: Record<Value, string>) =>
  values.map((value) => ({ value, text: words[value] }));
const any = (text: string) => ({ value: "", text });
const options = {
  role: [any("Any"), ...choices(roleFilters, roleWords)],
  state: [any("Any"), ...choices(states, stateWords)],
  seen: [any("Any time"), ...choices(seenWithin, seenWords)],
  factor: [any("Any"), ...choices(factorFilters, factorWords)],
  sort: choices(sorts, sortWords),
};
