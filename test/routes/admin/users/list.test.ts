import "../../../support/app.js";
import assert from "node:assert/strict";
import { before, describe, mock, test } from "node:test";
import { Types } from "mongoose";
import { Domain } from "../../../../src/models/domain.js";
import { User } from "../../../../src/models/user.js";
import { domain } from "../../../support/users/domains.js";
import { crowd } from "../../../support/users/stored.js";
import { type Member, withRole } from "../../../support/users.js";

const DAYS = 86_400_000;
const ago = (days: number) => new Date(Date.now() - days * DAYS);
let admin: Member;
before(async () => {
  admin = await withRole("admin");
});

/** Returns the usernames on a page of the list, from top to bottom. */
function names(text: string): string[] {
  return [...text.matchAll(/<a href="\/admin\/users\/[0-9a-f]{24}">([^<]+)</g)].map(([, name = ""]) => name);
}

async function ask(query: Record<string, string> | string) {
  const page = await admin.get(`/admin/users?${new URLSearchParams(query)}`);
  assert.equal(page.status, 200, String(query));
  return page;
}
const found = async (query: Record<string, string> | string) => names((await ask(query)).text);
const among = async (query: Record<string, string>) => (await found({ q: "filtered", ...query })).sort();

const linked = (text: string, rel: "prev" | "next") =>
  new RegExp(`href="([^"]+)" rel="${rel}"`).exec(text)?.[1]?.replaceAll("&amp;", "&");

describe("the search", () => {
  before(() =>
    crowd([
      {
        username: "Grace-Hopper",
        email: "rear.admiral@navy.example",
        profile: { firstName: "Grace", lastName: "Murray" },
      },
      { username: "nunez", email: "jose@mail.example", profile: { firstName: "José María", lastName: "Núñez O’Hara" } },
      { username: "dollar", email: "$where.*+x@odd.example", profile: { firstName: "<b>Bold</b>" } },
      { username: "long-username-for-one-person", email: "long-address-for-one@person.example" },
      { username: "long-username-for-two-people", email: "long-address-for-two@person.example" },
    ]),
  );

  const questions: Record<string, string[]> = {
    "grace-hop": ["Grace-Hopper"],
    GRACE: ["Grace-Hopper"],
    hopper: ["Grace-Hopper"],
    murray: ["Grace-Hopper"],
    "rear.admiral@navy.example": ["Grace-Hopper"],
    admiral: ["Grace-Hopper"],
    "navy.ex": ["Grace-Hopper"],
    "murray rear": ["Grace-Hopper"],
    "navy grace hopper murray": ["Grace-Hopper"],
    "grace núñez": [],
    "José María": ["nunez"],
    "jose nunez": ["nunez"],
    ohara: ["nunez"],
    "O'Hara": ["nunez"],
    "$where.*+x@odd": ["dollar"],
    ".*": [],
    "^grace": [],
    "[a-z]": [],
    "%": [],
    "\\": [],
    "long-username-for-one": ["long-username-for-one-person"],
    "long-username-for-t": ["long-username-for-two-people"],
    "long-address-for-one@person.example": ["long-username-for-one-person"],
    "long-address-for-one@person.example long-username-for-two": [],
    race: [],
    ["x".repeat(200)]: [],
  };
  for (const [question, expected] of Object.entries(questions)) {
    test(`${question.slice(0, 40)} finds ${expected.join(", ") || "nobody"}`, async () => {
      for (const sort of ["newest", "oldest", "username", "seen"])
        assert.deepEqual(await found({ q: question, sort }), expected, sort);
    });
  }

  test("the search field keeps the search as text, and the page says if nobody matches", async () => {
    const { text } = await ask({ q: '"><script>alert(1)</script>' });
    assert.match(text, /value="&#34;&gt;&lt;script&gt;alert\(1\)&lt;\/script&gt;"/);
    assert.doesNotMatch(text, /<script>alert/);
    assert.match(text, /No users match/);
    const { text: dollar } = await ask({ q: "dollar" });
    assert.match(dollar, /&lt;b&gt;Bold&lt;\/b&gt;/);
  });

  test("after a rename, the search finds the user by the new name only", async () => {
    const user = await User.findOne({ username: "dollar" }).orFail();
    assert.equal(await user.rename("euro"), "done");
    assert.deepEqual(await found({ q: "eur" }), ["euro"]);
    assert.deepEqual(await found({ q: "dollar" }), []);
  });

  test("an invalid search gives an error and shows nobody; an empty search shows everyone", async () => {
    const everyone = await found({});
    for (const odd of [
      "q[$ne]=",
      "q=a&q=b",
      "q[]=grace",
      "q=%00grace",
      `q=${"x".repeat(201)}`,
      "q=%27%C2%B4",
      "q=a+b+c+d+e+f+g",
    ]) {
      const page = await admin.get(`/admin/users?${odd}`);
      assert.equal(page.status, 422, odd);
      assert.deepEqual(names(page.text), [], odd);
    }
    for (const unreadable of ["q=%ff%fe", "q=%F0%9F"]) assert.deepEqual(await found(unreadable), [], unreadable);
    for (const odd of ["role", "state", "seen", "factor", "sort", "page"]) {
      for (const value of ["x", "$ne", "__proto__", "toString", "-1", "0", "1e9", "after..", "before.x.y", "%00"])
        assert.equal((await admin.get(`/admin/users?${odd}=${value}`)).status, 422, `${odd}=${value}`);
      assert.equal((await admin.get(`/admin/users?${odd}=x&${odd}=y&${odd}[$gt]=z`)).status, 422);
      assert.deepEqual(await found({ [odd]: "" }), everyone, odd);
    }
  });

  test("the form keeps the values of an invalid search, and the page says which one is wrong", async () => {
    const { status, text } = await admin.get("/admin/users?q=grace&role=editor&state=dead&rol=admin&sort=oldest");
    assert.equal(status, 422);
    assert.match(text, /name="q" value="grace"/);
    for (const value of ["editor", "oldest"])
      assert.match(text, new RegExp(`<option value="${value}" dir="auto" selected>`));
    assert.match(text, /id="state-error"[^>]*>.*Choose one of these/);
    assert.match(text, /“rol”: This page doesn&#39;t support this filter/);
    assert.doesNotMatch(text, /export\.csv/);
  });
});

describe("filters", () => {
  before(() => {
    const domain = new Types.ObjectId();
    return crowd([
      { username: "filtered-plain", authenticator: null, passkeys: [] },
      { username: "filtered-off", disabledAt: ago(1), lastLoginAt: ago(2), authenticator: { addedAt: ago(3) } },
      { username: "filtered-new", emailConfirmedAt: null },
      { username: "filtered-leaving", deletion: { dueAt: ago(-9), posts: "keep" }, lastLoginAt: ago(20) },
      {
        username: "filtered-editor",
        roles: [{ role: "editor", domain: null }],
        lastLoginAt: ago(0.5),
        passkeys: [{ credential: "filtered", addedAt: ago(1) }],
      },
      {
        username: "filtered-chief",
        roles: [
          { role: "admin", domain },
          { role: "user", domain },
        ],
        lastLoginAt: ago(90),
      },
      { username: "filtered-retired", roles: [{ role: "editor", domain }], disabledAt: ago(9), emailConfirmedAt: null },
    ]);
  });

  const cases: [Record<string, string>, string[]][] = [
    [{ state: "active" }, ["chief", "editor", "plain"]],
    [{ state: "disabled" }, ["off", "retired"]],
    [{ state: "unconfirmed" }, ["new", "retired"]],
    [{ state: "deleting" }, ["leaving"]],
    [{ role: "editor" }, ["editor", "retired"]],
    [{ role: "admin" }, ["chief"]],
    [{ role: "user" }, ["chief"]],
    [{ role: "superadmin" }, []],
    [{ role: "none" }, ["leaving", "new", "off", "plain"]],
    [{ seen: "day" }, ["editor"]],
    [{ seen: "week" }, ["editor", "off"]],
    [{ seen: "month" }, ["editor", "leaving", "off"]],
    [{ seen: "longer" }, ["chief"]],
    [{ seen: "never" }, ["new", "plain", "retired"]],
    [{ factor: "none" }, ["chief", "leaving", "new", "plain", "retired"]],
    [{ factor: "none", role: "editor" }, ["retired"]],
    [{ factor: "none", state: "active", seen: "never" }, ["plain"]],
    [{ role: "editor", state: "disabled" }, ["retired"]],
    [{ role: "editor", state: "active", seen: "day" }, ["editor"]],
    [{ role: "none", state: "active", seen: "never" }, ["plain"]],
    [{ state: "disabled", seen: "never", role: "editor" }, ["retired"]],
  ];
  for (const [query, expected] of cases) {
    const named = expected.map((name) => `filtered-${name}`);
    test(`${JSON.stringify(query)} shows ${expected.join(", ") || "nobody"}, in every order, with and without a search`, async () => {
      for (const sort of ["newest", "oldest", "username", "seen"]) {
        assert.deepEqual(await among({ ...query, sort }), named, sort);
        const all = await found({ ...query, sort });
        for (const name of named) assert.ok(all.includes(name), `${name}, ${sort}`);
      }
    });
  }

  test("the page shows each active filter with a link that removes it", async () => {
    const { text } = await ask({
      q: "filtered",
      role: "editor",
      state: "disabled",
      seen: "never",
      factor: "none",
      sort: "username",
    });
    const set = /<ul class="people-set"[\s\S]*?<\/ul>/.exec(text)?.[0] ?? "";
    const without = [...set.matchAll(/href="([^"]+)"/g)].map(([, href = ""]) => href.replaceAll("&amp;", "&"));
    assert.deepEqual(without, [
      "/admin/users?role=editor&state=disabled&seen=never&factor=none&sort=username",
      "/admin/users?q=filtered&state=disabled&seen=never&factor=none&sort=username",
      "/admin/users?q=filtered&role=editor&seen=never&factor=none&sort=username",
      "/admin/users?q=filtered&role=editor&state=disabled&factor=none&sort=username",
      "/admin/users?q=filtered&role=editor&state=disabled&seen=never&sort=username",
      "/admin/users",
    ]);
    for (const value of ["editor", "disabled", "never", "none", "username"])
      assert.match(text, new RegExp(`<option value="${value}" dir="auto" selected>`));
    assert.match(set, /No second factor/);
    assert.doesNotMatch((await ask({})).text, /people-set/);
  });
});

describe("orders and pages", () => {
  const NUMBER = 210;
  const SIZE = 25;
  const number = (n: number) => String(n).padStart(3, "0");
  before(() =>
    crowd(
      Array.from({ length: NUMBER }, (_, n) => ({
        // Many users share a time, a third have never logged in, and every second name is in upper case.
        username: n % 2 === 0 ? `paged-${number(n)}` : `PAGED-${number(n)}`,
        createdAt: ago(10 + Math.floor(n / 40)),
        lastLoginAt: n % 3 === 0 ? null : ago(5 + Math.floor(n / 40)),
      })),
    ),
  );

  /** Follows the links from page to page, and returns the users on each page. */
  async function walk(start: string, rel: "prev" | "next", between: () => Promise<void> = async () => {}) {
    const pages: string[][] = [];
    let last = start;
    for (let path: string | undefined = start; path; ) {
      last = path;
      const { status, text } = await admin.get(path);
      assert.equal(status, 200);
      pages.push(names(text));
      path = linked(text, rel);
      await between();
    }
    return { pages, last };
  }

  for (const sort of ["newest", "oldest", "username", "seen"]) {
    for (const q of ["paged", "paged example.org"]) {
      test(`${sort}, “${q}”: pages have no gaps or duplicates in both directions, while users register`, async () => {
        const listSorted = async (filter: object) =>
          (await User.find(filter).collation({ locale: "en", strength: 2 }).lean())
            .sort(orders[sort as keyof typeof orders])
            .map(({ username }) => username);
        const expected = await listSorted({ username: /^paged/i });
        assert.equal(expected.length, NUMBER);
        let added = 0;
        const come = async () => {
          added += 1;
          await crowd([{ username: `zz-${sort}-${q.length}-${added}`, email: `paged${added}@example.org` }]);
        };
        const known = (name: string) => /^paged/i.test(name);
        const forth = await walk(`/admin/users?${new URLSearchParams({ q, sort })}`, "next", come);
        assert.deepEqual(forth.pages.flat().filter(known), expected);
        assert.ok(forth.pages.slice(0, -1).every((page) => page.length === SIZE));
        const back = await walk(forth.last, "prev", come);
        assert.deepEqual(back.pages.toReversed().flat().filter(known), expected);
        assert.equal(new Set(back.pages.flat()).size, back.pages.flat().length, "no user appears twice");
        await User.deleteMany({ username: /^zz-/ });
      });
    }
  }

  test('page numbers open the first pages, and "end" opens the last one', async () => {
    const first = await found({ q: "paged", sort: "username" });
    assert.equal(first[0], "paged-000");
    assert.equal((await found({ q: "paged", sort: "username", page: "3" }))[0], `paged-${number(2 * SIZE)}`);
    assert.equal((await found({ q: "paged", sort: "username", page: "end" })).at(-1), `PAGED-${number(NUMBER - 1)}`);
    const third = (await ask({ q: "paged", sort: "username", page: "3" })).text;
    assert.deepEqual(names((await admin.get(linked(third, "prev") ?? "")).text)[0], `PAGED-${number(SIZE)}`);
    assert.deepEqual(names((await admin.get(linked(third, "next") ?? "")).text)[0], `PAGED-${number(3 * SIZE)}`);
    const beyond = await ask({ q: "paged", page: "40" });
    assert.match(beyond.text, /Nothing on this page/);
  });

  test("a page link of another order gives 422", async () => {
    const { text } = await ask({ q: "paged", sort: "username" });
    const page = new URLSearchParams((linked(text, "next") ?? "").split("?")[1]).get("page") ?? "";
    assert.match(page, /^username\.after\.PAGED-024/i);
    for (const sort of ["newest", "oldest", "seen"])
      assert.equal((await admin.get(`/admin/users?q=paged&sort=${sort}&page=${page}`)).status, 422, sort);
  });

  test("the list shows the number of matches, up to a thousand", async () => {
    assert.match((await ask({ q: "paged" })).text, /<p class="people-total">210 users<\/p>/);
    assert.match((await ask({ q: "paged-007" })).text, /<p class="people-total">1 user<\/p>/);
    assert.match((await ask({ q: "paged 00", seen: "never" })).text, /<p class="people-total">\d+ users<\/p>/);
    const all = await User.estimatedDocumentCount();
    assert.match((await ask({})).text, new RegExp(`<p class="people-total">${all} users</p>`));
    await crowd(Array.from({ length: 1_100 }, (_, n) => ({ username: `mass-${n}` })));
    assert.match((await ask({ q: "mass" })).text, /<p class="people-total">1,000\+ users<\/p>/);
  });

  test("a search with too many matches to sort is ordered by registration, and the page says so", async () => {
    for (const sort of ["username", "seen"]) {
      const { text } = await ask({ q: "mass", sort });
      assert.deepEqual(names(text), await found({ q: "mass" }));
      assert.match(text, /More than 1,000 users match/);
      assert.match(text, /<option value="newest" dir="auto" selected>/);
      const next = linked(text, "next") ?? "";
      assert.doesNotMatch(next, /sort=/);
      assert.deepEqual(names((await admin.get(next)).text), await found({ q: "mass", page: "2" }));
    }
    assert.doesNotMatch((await ask({ q: "mass-1", sort: "username" })).text, /More than 1,000/);
    assert.equal((await found({ q: "mass-1", sort: "username" }))[0], "mass-1");
  });

  type Row = { username: string; createdAt: Date; lastLoginAt?: Date | null; _id: Types.ObjectId };
  const byId = (one: Row, other: Row) => (String(one._id) < String(other._id) ? -1 : 1);
  const orders = {
    newest: (one: Row, other: Row) => other.createdAt.getTime() - one.createdAt.getTime() || byId(other, one),
    oldest: (one: Row, other: Row) => one.createdAt.getTime() - other.createdAt.getTime() || byId(one, other),
    username: (one: Row, other: Row) => (one.username.toLowerCase() < other.username.toLowerCase() ? -1 : 1),
    seen: (one: Row, other: Row) =>
      (other.lastLoginAt?.getTime() ?? 0) - (one.lastLoginAt?.getTime() ?? 0) || byId(other, one),
  };
});

test("a role in a domain is shown with the domain's current name, in one read", async () => {
  const [club, choir] = [await domain("The <garden> club"), await domain("The choir")];
  const id = (text: string) => new Types.ObjectId(text);
  await crowd([
    {
      username: "placed-one",
      roles: [
        { role: "editor", domain: null },
        { role: "admin", domain: id(club.id) },
        { role: "user", domain: id(choir.id) },
      ],
    },
    { username: "placed-two", roles: [{ role: "editor", domain: id(choir.id) }] },
    { username: "placed-gone", roles: [{ role: "user", domain: new Types.ObjectId() }] },
  ]);
  const reading = mock.method(Domain, "listByIds");
  const { text } = await ask({ q: "placed", sort: "username" });
  assert.equal(reading.mock.callCount(), 1);
  reading.mock.restore();
  const cells = [...text.matchAll(/data-label="Roles">(.*?)<\/td>/g)].map(([, cell = ""]) =>
    cell.replace(/<\/?bdi>/g, ""),
  );
  assert.deepEqual(cells, [
    "member in a deleted organization",
    "editor, admin in The &lt;garden&gt; club, member in The choir",
    "editor in The choir",
  ]);
});

test("domain admins, editors and members cannot see the user list", async () => {
  for (const person of [await withRole("editor"), await withRole("admin", "d".repeat(24)), await withRole("user")]) {
    const page = await person.get("/admin/users?q=paged");
    assert.equal(page.status, 403);
    assert.doesNotMatch(page.text, /paged-/i);
  }
});
